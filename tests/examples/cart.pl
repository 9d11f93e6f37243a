#!/usr/local/bin/cgi-session-guard /usr/bin/perl -T
# A shopping cart that keeps its items with Perl's CGI::Session, under the key that the guard gives to each session.
# The folder of the sessions must belong to the web server's user.

use strict;
use warnings;
use CGI;
use CGI::Session;

my $cgi = CGI->new;
# The key becomes the name of a file: Perl wants to see that it was looked at.
my ($key) = $ENV{CGI_SESSION_KEY} =~ /^([0-9a-f]{32})$/ or die 'no CGI_SESSION_KEY';

# `id:static` takes the key as it is. Otherwise CGI::Session would make an id of its own, and a cookie for it.
my $session = CGI::Session->new('driver:File;id:static', $key, { Directory => '/var/lib/cart' })
    or die CGI::Session->errstr;
# Nobody comes back with the key of a session that has ended: `remember` is 30 days.
$session->expire('30d');

if ($cgi->request_method eq 'POST') {
    my $items = $session->param('items') || [];
    push @$items, substr(scalar $cgi->param('item'), 0, 100);
    $session->param('items', $items);
    $session->flush;
    print $cgi->redirect(-uri => $ENV{SCRIPT_NAME}, -status => '303 See Other');
    exit;
}

print $cgi->header(-type => 'text/html', -charset => 'utf-8', -cache_control => 'no-store');
print '<!doctype html><title>Cart</title><h1>Cart of ', $cgi->escapeHTML($ENV{REMOTE_USER}), "</h1><ul>\n";
print '<li>', $cgi->escapeHTML($_), "</li>\n" for @{ $session->param('items') || [] };
print qq{</ul><form method="post"><input name="item"><button>Add</button></form>\n};
