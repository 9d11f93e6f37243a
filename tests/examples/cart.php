#!/usr/local/bin/cgi-session-guard /usr/bin/php-cgi
<?php
// A shopping cart that keeps its items in PHP's own session, under the key that the guard gives to each session.
// The folder of the sessions must belong to the web server's user.

// PHP sets no cookie of its own, and takes no id from the browser. A strict mode would refuse the key as unknown.
ini_set('session.use_cookies', '0');
ini_set('session.use_strict_mode', '0');
session_save_path('/var/lib/cart');
session_id($_SERVER['CGI_SESSION_KEY']);
session_start();

if ($_SERVER['REQUEST_METHOD'] == 'POST') {
    $_SESSION['items'][] = substr($_POST['item'] ?? '', 0, 100);
    http_response_code(303);
    header('Location: ' . $_SERVER['SCRIPT_NAME']);
    exit;
}

header('Content-Type: text/html; charset=utf-8');
header('Cache-Control: no-store');
echo '<!doctype html><title>Cart</title><h1>Cart of ', htmlspecialchars($_SERVER['REMOTE_USER']), "</h1><ul>\n";
foreach ($_SESSION['items'] ?? [] as $item) {
    echo '<li>', htmlspecialchars($item), "</li>\n";
}
echo '</ul><form method="post"><input name="item"><button>Add</button></form>', "\n";
