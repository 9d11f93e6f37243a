# Part of tests/run --mysql: Oracle's MySQL 9, which Debian has in sid only, with the
# libraries of sid in a folder of its own. tests/harness/database/mysql.rs starts it there by chroot.

# Tests whose path has "mysql9" in it need it.
prepare_mysql() {
    if [ "$with_mysql" = no ]; then
        without_mysql "NOT ASKED FOR (--mysql)"
    elif [ "$(id -u)" != 0 ]; then
        without_mysql "NOT ROOT"
    elif ! build_mysql; then
        without_mysql "NOT TO BE HAD FROM THIS MACHINE'S PACKAGE MIRROR"
    fi
}

without_mysql() {
    skip mysql9 "MYSQL 9: $1"
}

build_mysql() {
    target=$CGI_SESSION_TEST_SERVERS/mysql
    [ ! -x "$target/usr/sbin/mysqld" ] || return 0
    command -v debootstrap >/dev/null || return 1
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
    echo "== building a folder with MySQL 9: $target"
    rm -rf "$target" "$target.new"
    if debootstrap --variant=minbase --include=mysql-server-core sid "$target.new" "$mirror" >"$work/debootstrap.log" 2>&1 &&
        chroot "$target.new" useradd -r mysql; then
        rm -rf "$target.new/var/cache/apt/archives"
        mv "$target.new" "$target"
    else
        tail -n 5 "$work/debootstrap.log" >&2
        rm -rf "$target.new"
        return 1
    fi
}
