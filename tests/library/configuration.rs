//! The configuration: what is accepted, and what its errors say.

use std::path::Path;

use cgi_session::config::{Config, TEMPLATE};
use proptest::prelude::{ProptestConfig, any, proptest};

/// What `store` may say of MySQL over a network, each with what is wrong with it; nothing: it is right.
#[cfg(feature = "mysql")]
#[test]
fn a_password_crosses_a_network_only_through_tls_or_where_the_url_says_so() {
    const OPEN: &str = "a host on the network needs tls=required";
    let without = |why| {
        if cfg!(feature = "tls") {
            why
        } else {
            "this build has no TLS"
        }
    };
    for (place, why) in [
        ("localhost/d", ""),
        ("127.0.0.1/d", ""),
        ("127.9.9.9:3307/d", ""),
        ("[::1]/d", ""),
        ("localhost,127.0.0.1:3307/d", ""),
        ("db1/d?socket=/run/s.sock", ""),
        ("db1/d", OPEN),
        ("10.0.0.1/d", OPEN),
        ("0.0.0.0/d", OPEN),
        ("[::]/d", OPEN),
        ("[fe80::1]/d", OPEN),
        ("localhost.example.org/d", OPEN),
        ("127.0.0.1.example.org/d", OPEN),
        ("localhost,db2/d", OPEN),
        ("db1,localhost/d?sync=strict", OPEN),
        ("db1/d?tls=off", ""),
        ("db1,db2,db3/d?tls=off&sync=strict", ""),
        ("db1,db2/d?tls=required", without("")),
        ("localhost/d?tls=required", without("")),
        ("db1/d?tls=required&tls_ca=/a.pem", without("")),
        (
            "db1/d?tls=required&tls_cert=/c.pem&tls_key=/k.pem",
            without(""),
        ),
        (
            "db1/d?tls=required&tls_cert=/c.pem",
            without("need tls_cert= and tls_key= together"),
        ),
        (
            "db1/d?tls=required&tls_key=/k.pem",
            without("need tls_cert= and tls_key= together"),
        ),
        (
            "db1/d?tls=required&tls_ca=a.pem",
            without("need an absolute path"),
        ),
        (
            "db1/d?tls=off&tls_ca=/a.pem",
            "need tls=required with tls_ca=",
        ),
        (
            "localhost/d?tls_ca=/a.pem",
            "need tls=required with tls_ca=",
        ),
        (
            "localhost/d?tls_cert=/c.pem&tls_key=/k.pem",
            "need tls=required with tls_ca=",
        ),
        (
            "localhost/d?socket=/s&tls=required",
            without("a socket has no TLS"),
        ),
        (
            "db1/d?tls=required&tls=off",
            "need each parameter behind the ? only once",
        ),
        ("db1/d?tls=preferred", "need tls=required or tls=off"),
        ("db1/d?tls=", "need tls=required or tls=off"),
        ("db1/d?tls", "need tls=required or tls=off"),
        ("db1/d?TLS=required", "need nothing behind the ? but"),
        (
            "db1/d?tls=off&tls_verify=no",
            "need nothing behind the ? but",
        ),
        ("localhost/d?sync=loose", "need sync=strict, or no sync="),
        ("localhost/d?socket=s.sock", "need an absolute path"),
    ] {
        let text = format!("\nstore = \"mysql://u:hunter2@{place}\"\n");
        match Config::parse(&text, Path::new("x.toml")) {
            Ok(_) => assert_eq!(why, "", "{place} is taken"),
            Err(error) => {
                let said = error.to_string();
                assert!(
                    said.starts_with(&format!("x.toml:2: store: {why}")),
                    "{place}: {said}"
                );
                assert!(
                    !why.is_empty() && !said.contains("hunter2"),
                    "{place}: {said}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..Default::default() })]

    /// Whatever slips into the file, the message does not quote the database's password or the secret.
    #[test]
    fn no_slip_shows_a_secret(at in 0_usize..170, insert in any::<char>(), cut in 0_usize..4) {
        let text = format!(
            "store = \"mysql://site:hunter2hunter2@localhost/site\"\nsecret = \"{}\"\n[session]\nidle = \"1h\"\n",
            "5ec2e7".repeat(11).get(..64).unwrap()
        );
        let at = at.min(text.len());
        let (head, tail) = text.split_at(at);
        let slipped = format!("{head}{insert}{}", tail.get(cut..).unwrap_or_default());
        if let Err(why) = Config::parse(&slipped, Path::new("/etc/x.toml")) {
            let why = why.to_string();
            assert!(why.starts_with("/etc/x.toml:"), "{why}");
            for secret in ["hunter2", "5ec2e75ec2e7", "ec2e75ec2e75"] {
                assert!(!why.contains(secret), "{why}");
            }
        }
    }
}

#[test]
fn the_commented_configuration_holds_every_key_at_its_default() {
    let secret = "0".repeat(64);
    let text = TEMPLATE
        .replace("{store}", "sqlite:/x")
        .replace("{secret}", &secret)
        .replace("{state}", "/var/lib/cgi-session")
        .replace("{allow_http}", "false");
    let filled = Config::parse(&text, Path::new("x")).unwrap();
    let bare = format!("store = \"sqlite:/x\"\nsecret = \"{secret}\"\n");
    let bare = Config::parse(&bare, Path::new("x")).unwrap();
    assert_eq!(format!("{filled:?}"), format!("{bare:?}"));
}
