#!/bin/sh
# A machine of its own for a distribution's server, so that it runs as installed: at /etc, /usr and /var, on the
# ports 80 and 443, and nothing of it on this machine. To be run as root, as
#
#     unshare --mount --net sh machine.sh FOLDER check
#     unshare --mount --net sh machine.sh FOLDER apache2|lighttpd PACKAGES SITE
#
# What it writes lies in memory and ends with the server. FOLDER is an empty one; PACKAGES has the packages' files
# and their `postinst`; SITE has cgi-bin and cgi-session.toml, and in `deployment` what help says: the
# certificate and its key, the snippet, and the commands.
set -eu
folder=$1 server=$2

private_folders() {
    mkdir "$folder/memory"
    mount -t tmpfs tmpfs "$folder/memory"
    mkdir "$folder/memory/kept"
    mount --rbind /var/tmp "$folder/memory/kept"
    for top in etc usr var; do
        mkdir "$folder/memory/$top" "$folder/memory/$top.work"
        mount -t overlay overlay \
            -o "lowerdir=/$top,upperdir=$folder/memory/$top,workdir=$folder/memory/$top.work" "/$top"
    done
    # The folders of a test may lie here.
    mount --rbind "$folder/memory/kept" /var/tmp
    mount -t tmpfs tmpfs /run
    mkdir /run/lock
    ip link set lo up
    printf '127.0.0.1 localhost www.example.org\n::1 localhost www.example.org\n' >/etc/hosts
}

# What a package's postinst does, but for what starts a service: in here there is no init.
install_packages() {
    # This machine may have a server of its own.
    rm -rf "/etc/$server" "/var/log/$server" "/var/lib/$server" /var/www /usr/lib/cgi-bin
    cp -a "$1/etc" "$1/usr" "$1/var" /
    mkdir "$folder/memory/bin"
    for name in systemctl systemd-tmpfiles deb-systemd-helper deb-systemd-invoke invoke-rc.d update-rc.d \
        dpkg-maintscript-helper; do
        printf '#!/bin/sh\n' >"$folder/memory/bin/$name"
    done
    printf '#!/bin/sh\nexec "$@"\n' >"$folder/memory/bin/sudo"
    chmod -R 755 "$folder/memory/bin"
    PATH=$folder/memory/bin:$PATH
    mkdir -p "/var/log/$server"
    # As dpkg does; its output is in the server's log.
    export DPKG_MAINTSCRIPT_PACKAGE="$server" DPKG_MAINTSCRIPT_NAME=postinst
    "$1/postinst" configure ""
}

deploy() {
    mkdir -p /etc/ssl/certs /etc/ssl/private /usr/lib/cgi-bin
    cp "$1/deployment/certificate.pem" /etc/ssl/certs/www.example.org.pem
    cp "$1/deployment/key.pem" /etc/ssl/private/www.example.org.key
    mount --bind "$1/cgi-bin" /usr/lib/cgi-bin
    : >/etc/cgi-session.toml
    mount --bind "$1/cgi-session.toml" /etc/cgi-session.toml
    case $server in
        apache2) cp "$1/deployment/snippet" /etc/apache2/sites-available/cgi-session.conf ;;
        lighttpd) cp "$1/deployment/snippet" /etc/lighttpd/conf-available/50-cgi-session.conf ;;
    esac
    sh -eu "$1/deployment/commands"
}

# The server's logs, where the test reads them.
keep_logs() {
    mkdir "$folder/logs"
    cp -a "/var/log/$server/." "$folder/logs"
    mount --bind "$folder/logs" "/var/log/$server"
}

private_folders
[ "$server" != check ] || exit 0
install_packages "$3"
keep_logs
deploy "$4"
case $server in
    apache2)
        # This makes the folders, too. Then what apache2ctl does, without the shell that stays.
        apache2ctl configtest
        set +u
        # shellcheck disable=SC1091
        . /etc/apache2/envvars
        exec apache2 -DFOREGROUND
        ;;
    lighttpd)
        lighttpd -tt -f /etc/lighttpd/lighttpd.conf
        exec lighttpd -D -f /etc/lighttpd/lighttpd.conf
        ;;
esac
