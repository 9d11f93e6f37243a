# Part of tests/long/bench/run: what the measurement needs beside cargo and a C compiler, and what it compiles.

list_needs() {
    need mariadb-server-core mariadbd
    need mariadb-client-core mariadb
    need libmariadb-dev /usr/include/mariadb/mysql.h
    need apache2-bin apache2
    need libaprutil1-dbd-mysql "$libraries/apr-util-1/apr_dbd_mysql.so"
    need gcc gcc
    need libc6-dev /usr/include/stdio.h
    need strace strace
    need python3 /usr/bin/python3
    need python3-mysqldb /usr/lib/python3/dist-packages/MySQLdb
    need perl /usr/bin/perl
    need libcgi-session-perl /usr/share/perl5/CGI/Session.pm
    need libdbd-mysql-perl "$(find "$libraries/perl5" -name mysql.pm -path '*DBD*' 2>/dev/null | head -n 1)"
}

unpack_peers() {
    missing=
    has_lighttpd || unpack lighttpd usr/sbin/lighttpd lighttpd lighttpd-mod-openssl ||
        { missing='lighttpd lighttpd-mod-openssl'; cannot_install "apt-get download failed"; }
    unpack_php
    need_libraries lighttpd
    apt_install
    php_cgi=$CGI_SESSION_TEST_SERVERS/php/usr/bin/php-cgi${php#php}
    php_extensions=$(dirname "$(find "$CGI_SESSION_TEST_SERVERS/php/usr/lib/php" -name mysqli.so)")
}

# shellcheck disable=SC2086 # several words on purpose
compile_peers() {
    peers=tests/long/bench/peers
    flags='-O2 -Wall -Wextra'
    gcc $flags -static -o "$out/once" tests/long/bench/once.c
    gcc $flags -fPIE -static-pie -o "$out/floor" $peers/floor.c
    gcc $flags -static -no-pie -o "$out/floor-static" $peers/floor.c
    gcc $flags -fPIE -static-pie -o "$out/wire" $peers/wire.c
    gcc $flags -I/usr/include/mariadb -o "$out/check-c" $peers/check.c -lmariadb
    # The linker warns that looking up a host's name needs the shared C library; there is a socket.
    gcc $flags -I/usr/include/mariadb -static -o "$out/check-c-static" $peers/check.c \
        -lmariadb -lssl -lcrypto -lz -lm 2>"$work/static.log" || {
        rm -f "$out/check-c-static"
        echo "SKIPPED: C STATIC: LIBMARIADB DOES NOT LINK STATICALLY HERE"
    }
}

# Once cargo has compiled SQLite: it says where.
compile_with_sqlite() {
    sqlite=$(sed -n 's/.*libsqlite3-sys.*"out_dir":"\([^"]*\)".*/\1/p' "$work/built.json" | tail -n 1)
    # shellcheck disable=SC2086 # several words on purpose
    gcc $flags -fPIE -static-pie -o "$out/file" "$peers/file.c" "$sqlite/libsqlite3.a" -lm
}
