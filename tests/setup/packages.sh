# Part of tests/run and of the scripts in tests/long: what the tests need beside cargo and a C compiler.
#
# Only packages that bring no service are installed. lighttpd's does bring one, so do PHP's, fail2ban's, rsync's, procps's
# and that with MariaDB's ed25519 plugin, and Chromium's wants D-Bus: those are unpacked into
# $CGI_SESSION_TEST_SERVERS, and only the libraries they need are installed.

# Appends packages to $missing; each is asked for by what it is needed for, since
# a machine may have that from elsewhere (node from its makers, say).
missing=
need() { # PACKAGE COMMAND-OR-FILE
    command -v "$2" >/dev/null || [ -e "$2" ] || missing="$missing $1"
}

list_needs() {
    need ca-certificates /etc/ssl/certs/ca-certificates.crt
    need curl curl
    need openssl openssl
    need mariadb-server-core mariadbd
    need mariadb-client-core mariadb
    need mariadb-client mariadb-dump
    need sqlite3 sqlite3
    need galera-4 /usr/lib/galera/libgalera_smm.so
    need lsof lsof
    need iproute2 ss
    need apache2-bin apache2
    need strace strace
    need time /usr/bin/time
    need python3 /usr/bin/python3
    need perl /usr/bin/perl
    need libcgi-pm-perl /usr/share/perl5/CGI.pm
    need libcgi-session-perl /usr/share/perl5/CGI/Session.pm
    need gcc cc
    need nodejs node
    need npm npm
    need fontconfig fc-list
    need fonts-noto-cjk /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
    [ "$with_mysql" = no ] || [ "$(id -u)" != 0 ] || need debootstrap debootstrap
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# The exit status tells tests/run that nothing was tested, as automake has it.
cannot_install() {
    echo "$0 needs these packages and could not install them ($1):"
    printf '    %s\n' $missing
    echo "Install them, then run it again. None of them brings a service."
    exit 77
} >&2

# Installs $missing.
install_packages() {
    missing=
    list_needs
    apt_install
}

apt_install() {
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || cannot_install "there is no apt-get"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || cannot_install "not root, and there is no sudo"
    echo "== installing:$missing"
    as_root apt-get -qq update || cannot_install "apt-get update failed"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $missing \
        >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2; cannot_install "apt-get install failed"; }
}

# Unpacks PACKAGES into the folder NAME of the test servers, unless FILE lies there already.
unpack() { # NAME FILE PACKAGE...
    target=$CGI_SESSION_TEST_SERVERS/$1
    [ ! -e "$target/$2" ] || return 0
    shift 2
    packages=$work/packages
    rm -rf "$packages" "$target" "$target.new"
    mkdir "$packages"
    (cd "$packages" && download "$@") || { cat "$work/apt.log" >&2; return 1; }
    for package in "$packages"/*.deb; do
        dpkg -x "$package" "$target.new"
        dpkg-deb -f "$package" Depends | tr ',' '\n' >>"$target.new/depends"
    done
    # What dpkg would run of the first one, for who wants it as installed.
    dpkg-deb --ctrl-tarfile "$packages/$1"_*.deb | tar -xf - -C "$target.new" ./postinst 2>/dev/null || true
    mv "$target.new" "$target"
}

# apt-get's own warning, that root downloads as root, is of no interest.
download() { # PACKAGE...
    apt-get -qq download "$@" 2>"$work/apt.log" ||
        { as_root apt-get -qq update && apt-get -qq download "$@"; } 2>>"$work/apt.log"
}

# The libraries that an unpacked program asks for, in $missing where they are not installed, but for the EXCEPT.
# One that has an alternative is loaded at run time, or not: Chromium's GTK, which needs D-Bus.
need_libraries() { # NAME [EXCEPT...]
    [ -e "$CGI_SESSION_TEST_SERVERS/$1/depends" ] || return 0
    depends=$CGI_SESSION_TEST_SERVERS/$1/depends
    shift
    for library in $(sed -n '/|/d; s/^ *\(lib[^ (:]*\).*/\1/p' "$depends" | sort -u); do
        case " $* " in *" $library "*) continue ;; esac
        dpkg-query -W -f '${db:Status-Abbrev}' "$library" 2>/dev/null | grep -q '^ii' || missing="$missing $library"
    done
}

unpack_servers() {
    missing=
    has_lighttpd || unpack lighttpd usr/sbin/lighttpd lighttpd lighttpd-mod-openssl ||
        { missing='lighttpd lighttpd-mod-openssl'; cannot_install "apt-get download failed"; }
    command -v rsync >/dev/null || unpack rsync usr/bin/rsync rsync ||
        { missing=rsync; cannot_install "apt-get download failed"; }
    command -v ps >/dev/null || unpack procps usr/share/doc/procps procps ||
        { missing=procps; cannot_install "apt-get download failed"; }
    has_mariadb_server || unpack mariadb usr/lib/mysql/plugin/auth_ed25519.so mariadb-server ||
        { missing=mariadb-server; cannot_install "apt-get download failed"; }
    unpack wfuzz usr/share/wfuzz/wordlist/vulns/dirTraversal.txt wfuzz ||
        { missing=wfuzz; cannot_install "apt-get download failed"; }
    unpack mod-xsendfile usr/lib/apache2/modules/mod_xsendfile.so libapache2-mod-xsendfile ||
        { missing=libapache2-mod-xsendfile; cannot_install "apt-get download failed"; }
    unpack fail2ban usr/bin/fail2ban-regex fail2ban ||
        { missing=fail2ban; cannot_install "apt-get download failed"; }
    # gitweb, an old CGI program, is a part of it.
    unpack gitweb usr/share/gitweb/gitweb.cgi git ||
        { missing=git; cannot_install "apt-get download failed"; }
    unpack_php
    need_libraries gitweb libcurl3-gnutls liberror-perl
    need_libraries lighttpd
    need_libraries rsync
    need_libraries procps
    apt_install
}

# PHP's packages bring a timer that cleans up its sessions: unpacked, not installed.
unpack_php() {
    php=$(apt-cache depends php-cgi | sed -n 's/.*Depends: \(php[0-9.]*\)-cgi$/\1/p' | head -n 1)
    unpack php "usr/bin/php-cgi${php#php}" "$php-cgi" "$php-mysql" "$php-common" ||
        { missing="$php-cgi $php-mysql"; cannot_install "apt-get download failed"; }
    need_libraries php
}

has_lighttpd() {
    command -v lighttpd >/dev/null && [ -e /usr/lib/lighttpd/mod_openssl.so ]
}

# The ed25519 plugin, and the script that brings one node's state to another.
has_mariadb_server() {
    [ -e /usr/lib/mysql/plugin/auth_ed25519.so ] && command -v wsrep_sst_rsync >/dev/null
}

# The browser tests drive Chromium from node; CHROMIUM tells them which.
prepare_browser_tests() {
    if ! prepare_node; then
        skip system::browser::observatory:: "OBSERVATORY: NO NODE THAT IS NEW ENOUGH IS TO BE HAD"
        skip system::browser::chromium:: "BROWSER: NO NODE THAT IS NEW ENOUGH IS TO BE HAD"
    elif ! prepare_chromium; then
        skip system::browser::chromium:: "BROWSER: NO CHROMIUM IS TO BE HAD HERE WITHOUT A SERVICE"
    fi
}

# Playwright wants node 20, the Observatory one that can require() modules. Debian 12 and
# Ubuntu 24.04 have 18, but npm has node itself, too.
prepare_node() {
    (cd tests/system/browser && npm ci --silent) || return 1
    [ "$(node -p process.features.require_module)" != true ] || return 0
    package=node-linux-$(node -p process.arch)
    newer=$CGI_SESSION_TEST_SERVERS/node
    mkdir -p "$newer"
    [ -x "$newer/node_modules/$package/bin/node" ] ||
        npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$newer" "$package@22.23.3" || return 1
    PATH=$newer/node_modules/$package/bin:$PATH
}

prepare_chromium() {
    ! command -v chromium >/dev/null || return 0
    # Ubuntu's is a snap, which brings a service.
    grep -qx 'ID=debian' /etc/os-release || return 1
    unpack chromium usr/lib/chromium/chromium chromium chromium-common || return 1
    missing=
    need_libraries chromium
    apt_install
    CHROMIUM=$CGI_SESSION_TEST_SERVERS/chromium/usr/lib/chromium/chromium
    export CHROMIUM
}
