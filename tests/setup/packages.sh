# Part of tests/run: what the tests need beside cargo and a C compiler.
#
# Only packages that bring no service are installed. lighttpd's does bring one,
# and so does the one with MariaDB's ed25519 plugin: those are unpacked into
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
    need apache2-bin apache2
    need strace strace
    need time /usr/bin/time
    need nodejs node
    need npm npm
    # Ubuntu's chromium is a snap, which brings a service.
    if is_debian; then
        need chromium chromium
        need fonts-noto-cjk /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
    fi
    [ "$with_mysql" = no ] || [ "$(id -u)" != 0 ] || need debootstrap debootstrap
}

is_debian() {
    grep -qx 'ID=debian' /etc/os-release
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

cannot_install() {
    echo "tests/run needs these packages and could not install them ($1):"
    printf '    %s\n' $missing
    echo "Install them, then run it again. None of them brings a service."
    exit 1
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
    rm -rf "$packages" "$target"
    mkdir "$packages"
    # Its own warning, that root downloads as root, is of no interest.
    (cd "$packages" && apt-get -qq download "$@" 2>"$work/apt.log") || { cat "$work/apt.log" >&2; return 1; }
    for package in "$packages"/*.deb; do
        dpkg -x "$package" "$target.new"
        need_libraries "$package"
    done
    mv "$target.new" "$target"
}

# The libraries that a package asks for, in $missing where they are not installed.
need_libraries() {
    for library in $(dpkg-deb -f "$1" Depends | tr ',' '\n' | sed -n 's/^ *\(lib[^ (:|]*\).*/\1/p'); do
        dpkg-query -W -f '${db:Status-Abbrev}' "$library" 2>/dev/null | grep -q '^ii' || missing="$missing $library"
    done
}

unpack_servers() {
    missing=
    has_lighttpd || unpack lighttpd usr/sbin/lighttpd lighttpd lighttpd-mod-openssl ||
        { missing='lighttpd lighttpd-mod-openssl'; cannot_install "apt-get download failed"; }
    has_ed25519 || unpack mariadb usr/lib/mysql/plugin/auth_ed25519.so mariadb-server ||
        { missing=mariadb-server; cannot_install "apt-get download failed"; }
    apt_install
}

has_lighttpd() {
    command -v lighttpd >/dev/null && [ -e /usr/lib/lighttpd/mod_openssl.so ]
}

has_ed25519() {
    [ -e /usr/lib/mysql/plugin/auth_ed25519.so ]
}

# The browser tests drive Chromium from node.
prepare_browser_tests() {
    command -v chromium >/dev/null || skip browser "BROWSER: THERE IS NO CHROMIUM PACKAGE WITHOUT A SERVICE HERE, SO NO BROWSER WAS TRIED"
    [ ! -e tests/browser/package-lock.json ] || (cd tests/browser && npm ci --silent --no-audit --no-fund --ignore-scripts)
}
