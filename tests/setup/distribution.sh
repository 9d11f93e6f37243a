# Part of tests/run: the distribution's own lighttpd and Apache with their configurations and maintainer scripts,
# and the browsers of the walk. None of it is installed but what brings no service.

prepare_distribution() {
    if ! unpack debian-lighttpd postinst lighttpd lighttpd-mod-openssl ||
        ! unpack debian-apache2 postinst apache2 apache2-data; then
        skip distribution "THE DISTRIBUTIONS' OWN CONFIGURATIONS: THEIR PACKAGES ARE NOT TO BE HAD"
        return
    fi
    missing=
    need_libraries debian-lighttpd
    need media-types /etc/mime.types
    need perl perl
    need w3m w3m
    need tmux tmux
    apt_install
    prepare_firefox || skip distribution_walk_in_firefox "FIREFOX: NOT TO BE HAD HERE WITHOUT A SERVICE"
}

# Firefox's GTK brings D-Bus along, so both are unpacked; what else they need is installed.
prepare_firefox() {
    grep -qx 'ID=debian' /etc/os-release || return 1
    gtk=$(apt-cache depends firefox-esr | sed -n 's/.* \(libgtk-3-0[^ ]*\)$/\1/p' | head -n 1)
    [ -n "$gtk" ] && unpack firefox usr/lib/firefox-esr/firefox-esr firefox-esr "$gtk" || return 1
    missing=
    need_libraries firefox "$gtk" libgtk-3-common
    apt_install
    FIREFOX=$CGI_SESSION_TEST_SERVERS/firefox/usr/lib/firefox-esr/firefox-esr
    FIREFOX_LIBRARIES=$(dirname "$(find "$CGI_SESSION_TEST_SERVERS/firefox/usr/lib" -name libgtk-3.so.0)")
    export FIREFOX FIREFOX_LIBRARIES
}
