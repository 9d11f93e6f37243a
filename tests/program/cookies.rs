//! The session cookie: what counts as one, what is set, what removes it.

use crate::harness::{PASSWORD, Row, Site};

const MALFORMED: &[&str] = &["event=cookie_malformed client=192.0.2.7"];

#[test]
fn only_one_cookie_of_the_exact_name_with_exactly_a_token_counts() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let name = "__Host-session";
    let upper = token.to_uppercase();
    let crowd = "a=b; ".repeat(4000);
    let right: &[String] = &[
        format!("{name}={token}"),
        format!("a=b; {name}={token}"),
        format!("a=b;{name}={token};"),
        format!(" ;;; {name}={token} ; c"),
        format!("session=x; {name}={token}; Session=y"),
        format!("=x; y; {name}={token}"),
        format!("{crowd}{name}={token}"),
    ];
    for header in right {
        let program = site.program("protected").set("HTTP_COOKIE", header);
        assert_eq!(program.answer().status, 200, "{header}");
    }
    let malformed: &[String] = &[
        format!("{name}="),
        format!("{name}={}", &token[1..]),
        format!("{name}={token}0"),
        format!("{name}={upper}"),
        format!("{name}=\"{token}\""),
        format!("{name}=%{:02x}{}", token.as_bytes()[0], &token[1..]),
        format!("{name}={token}\u{a0}"),
        format!("{name}={token}; {name}={token}"),
        format!("{name}={token}; {name}=x"),
        format!("{name}=x; a=b; {name}={token}"),
        // Apache joins two headers with a comma.
        format!("{name}={token}, {name}={token}"),
        format!("{name}={token}, a=b"),
        format!("{name}={} {}", &token[..20], &token[20..]),
    ];
    for header in malformed {
        let program = site.program("protected").set("HTTP_COOKIE", header);
        assert_eq!(program.logs(MALFORMED).answer().status, 401, "{header}");
    }
    let nothing: &[String] = &[
        String::new(),
        token.clone(),
        format!("={token}"),
        format!("={name}={token}"),
        format!("session={token}"),
        format!("cgi-session={token}"),
        format!("__host-session={token}"),
        format!("__HOST-SESSION={token}"),
        format!("__Secure-session={token}"),
        format!("__Host-session2={token}"),
        format!("x__Host-session={token}"),
        format!("__Host-session[]={token}"),
        format!("$Version=1; $__Host-session={token}"),
        format!("%5F_Host-session={token}"),
        format!("a=\"; b\" __Host-session={token}"),
        format!("a, {name}={token}"),
    ];
    for header in nothing {
        let program = site.program("protected").set("HTTP_COOKIE", header);
        assert_eq!(program.answer().status, 401, "{header}");
    }
}

// A browser lets any page of a neighbour domain, or of plain HTTP, set a cookie whose name begins with a
// blank that is none of RFC 6265's: `__Host-` is not its prefix then. Trimming it here would let it in.
#[test]
fn a_name_behind_a_foreign_blank_is_another_name() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    for blank in [
        "\u{2000}", "\u{a0}", "\u{3000}", "\u{85}", "\u{2028}", "\u{b}", "\u{c}", "\u{feff}",
    ] {
        for header in [
            format!("{blank}__Host-session={token}"),
            format!("__Host-session{blank}={token}"),
        ] {
            let program = site.program("protected").set("HTTP_COOKIE", &header);
            assert_eq!(program.answer().status, 401, "{header:?}");
            // Nor does it stand in the real one's way.
            let both = format!("__Host-session={token}; {header}");
            let program = site.program("protected").set("HTTP_COOKIE", both);
            assert_eq!(program.answer().status, 200, "{header:?}");
        }
    }
}

#[test]
fn only_the_name_of_the_requests_scheme_counts() {
    let site = Site::with("[http]\nallow_http = true");
    let token = site.session(Row::FRESH);
    for (header, https, http) in [
        (format!("cgi-session={token}"), 401, 200),
        (format!("__Host-session={token}"), 200, 401),
        (
            format!("cgi-session={token}; __Host-session={token}"),
            200,
            200,
        ),
    ] {
        let program = site.program("protected").set("HTTP_COOKIE", &header);
        assert_eq!(program.answer().status, https, "{header}");
        assert_eq!(program.plain_http().answer().status, http, "{header}");
    }
}

// A browser sends the cookie with the longer path first (RFC 6265, 5.4). The script's own `session` was one, and
// ours of that name was a second: nobody got past the sign-in, and no answer of ours could remove the other.
#[test]
fn over_plain_http_another_programs_session_cookie_is_not_ours() {
    let site = Site::with("[http]\nallow_http = true");
    let answer = site.try_to_sign_in(PASSWORD).plain_http();
    let answer = answer.set("HTTP_COOKIE", "session=31; device=2");
    let answer = answer.logs(&["event=sign_in_succeeded"]).answer();
    let set = answer.header("Set-Cookie").unwrap();
    let ours = set.split(';').next().unwrap();
    let both = format!("session=31; device=2; {ours}");
    let page = site.program("protected").plain_http();
    let page = page.set("HTTP_COOKIE", both).answer();
    assert_eq!(page.status, 200, "{}", page.log);
}

// RFC 6265bis, 4.1.3.2: a browser refuses `__Host-` without exactly these, and ignores a removal with others.
#[test]
fn the_cookie_and_its_removal_have_the_same_attributes() {
    let site = Site::with("[http]\nallow_http = true");
    let signed_in = &["event=sign_in_succeeded"];
    let over_https = "HttpOnly; SameSite=Lax; Secure; Path=/";
    let over_http = "HttpOnly; SameSite=Lax; Path=/";
    for (https, name, attributes) in [
        (true, "__Host-session", over_https),
        (false, "cgi-session", over_http),
    ] {
        let scheme =
            |program: crate::harness::Program| if https { program } else { program.plain_http() };
        let set = scheme(site.try_to_sign_in(PASSWORD))
            .logs(signed_in)
            .answer();
        let (token, found) = set.cookie().unwrap();
        assert!(
            token.len() == 40
                && token
                    .bytes()
                    .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        );
        assert_eq!(found, attributes);
        let whole = set.header("Set-Cookie").unwrap();
        assert!(
            whole.starts_with(&format!("{name}={token}; ")) && whole.len() < 200,
            "{whole}"
        );
        let kept = site.program("login").post(&[
            ("login_name", crate::harness::NAME),
            ("password", PASSWORD),
            ("remember", "1"),
        ]);
        let kept = scheme(kept).logs(signed_in).answer();
        let (_, found) = kept.cookie().unwrap();
        assert_eq!(
            found,
            attributes.replace("Path=/", "Path=/; Max-Age=2592000")
        );
        for header in ["", "cgi-session=x; __Host-session=x"] {
            let program = scheme(site.program("logout").post(&[])).set("HTTP_COOKIE", header);
            let removed = program.answer_whatever_is_logged();
            let whole = removed.header("Set-Cookie").unwrap();
            assert_eq!(
                whole,
                format!(
                    "{name}=; {}",
                    attributes.replace("Path=/", "Path=/; Max-Age=0")
                )
            );
        }
    }
}

#[test]
fn the_session_comes_from_the_cookie_alone() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let pair = format!("__Host-session={token}&session={token}&token={token}&PHPSESSID={token}");
    let elsewhere = site
        .program("protected")
        .query(&pair)
        .set("HTTP_AUTHORIZATION", format!("Bearer {token}"))
        .set("HTTP___HOST_SESSION", &token)
        .set("HTTP_X_SESSION", &token)
        .set("HTTP_SESSION", &token)
        .set("REMOTE_USER", "demo")
        .set("AUTH_TYPE", "Cookie")
        .set("HTTP_COOKIE2", format!("__Host-session={token}"));
    assert_eq!(elsewhere.answer().status, 401);
    let in_path = site
        .program("protected")
        .set("PATH_INFO", format!("/{token}"));
    assert_eq!(in_path.logs(&["status=404"]).answer().status, 404);
    let in_body = site.program("logout").query(&pair).body(&pair);
    assert_eq!(in_body.answer().status, 303);
    assert!(
        site.is_signed_in(&token),
        "nobody was signed out by a field"
    );
}

/// The token stands in the cookie and nowhere else; of its digest the log has 8 digits.
#[test]
fn a_token_is_in_no_body_url_log_or_table() {
    let site = Site::new();
    let token = site.sign_in();
    let page = site.visit(&token);
    let json = site.program("protected").json().cookie(&token).answer();
    let out = site.program("logout").cookie(&token);
    let shown = out.answer();
    let stored = format!("{:?}", site.dump());
    let gone = out.post(&[]).logs(&["event=signed_out session="]).answer();
    let said = format!("{page:?}{json:?}{shown:?}{gone:?}{stored}");
    assert!(!said.contains(&token[..8]), "{said}");
    let digest =
        cgi_session::model::Digest::from_token(&cgi_session::model::Token::parse(&token).unwrap());
    assert!(
        stored.contains(digest.as_str()),
        "the column has the digest"
    );
    assert!(gone.log.contains(digest.short()) && !gone.log.contains(&digest.as_str()[..9]));
}
