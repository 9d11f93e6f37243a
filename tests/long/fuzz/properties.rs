//! What must hold of whatever comes in: one function a target. libFuzzer calls them with what it makes up
//! (`tests/long/fuzz/run`), and `tests/long/fuzz/mod.rs` with the corpus.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use cgi_session::auth::next::{NEXT_MAX, Next};
use cgi_session::auth::origin;
use cgi_session::auth::rules::{Member, Rule, Rules, Verdict, verdict};
use cgi_session::auth::session_cookie::{self, Presented};
use cgi_session::auth::session_data::{self, DATA_MAX};
use cgi_session::cgi::{
    self, Called, Form, GuardedRequest, HEADER_BLOCK_MAX, HeaderValue, Method, Request, UrlPath,
    Variables,
};
use cgi_session::config::{Config, MysqlUrl, PageConfig, StoreUrl};
use cgi_session::deadline::Deadline;
use cgi_session::error::{DataFault, Error};
use cgi_session::log::{Log, Sink};
use cgi_session::model::{GroupName, Time, Token};
use cgi_session::page::{self, Context, LOGIN, LOGOUT, PROTECTED, Page, Presentation};
use cgi_session::sandbox::Confined;
use mysql_common::io::ParseBuf;
use mysql_common::packets::HandshakePacket;
use mysql_common::proto::MyDeserialize;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, percent_decode_str, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

/// Of a database's account; nothing ever says it.
const SECRET: &str = "hunter2-3e9a77";

/// The parts of an input, apart by NUL, which no variable can hold.
fn parts(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| *byte == 0)
}

/// `Accept` and `Accept-Language`: neither case nor order decides.
pub fn accept(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let turned = text.split(',').rev().collect::<Vec<_>>().join(",");
    let raised = text.to_ascii_uppercase();
    for other in [&turned, &raised] {
        assert_eq!(cgi::prefers_json(&text), cgi::prefers_json(other));
        let best = |header| cgi::preferred_language(&["en", "zh"], header);
        assert_eq!(best(&text), best(other));
    }
    assert_eq!(cgi::preferred_language(&[], &text), None);
}

/// A configuration, whole or a mistake; the mistake's message is one line without the secret.
pub fn configuration(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let path = Path::new("/etc/cgi-session.toml");
    let with_secret = format!("store = \"mysql://web:{SECRET}@db/site{text}");
    for text in [&*text, &with_secret] {
        match Config::parse(text, path) {
            Ok(config) => {
                let limits = &config.session;
                assert!(60 <= limits.idle && limits.idle <= limits.absolute);
                assert!(limits.absolute <= 30 * 86_400 && limits.remember <= 400 * 86_400);
                assert!((1 << 10..=16 << 20).contains(&config.http.max_body));
                assert!((8..=64).contains(&config.password.min_length));
                assert!((1..=100).contains(&config.throttle.free_tries));
                for value in [
                    &config.http.origin,
                    &config.page.logo,
                    &config.page.stylesheet,
                ] {
                    HeaderValue::new(value).expect("a value that a header can hold");
                }
                assert!(!format!("{config:?}").contains(SECRET));
            }
            Err(error) => {
                let said = error.to_string();
                assert!(said.contains("/etc/cgi-session.toml:"), "{said}");
                assert!(!said.contains('\n'), "{said}");
                assert!(!said.contains(SECRET), "{said}");
            }
        }
    }
}

/// The Cookie header: one token, and no doubt about it, or none.
pub fn cookie(data: &[u8]) {
    let header = &*String::from_utf8_lossy(data);
    for https in [false, true] {
        let name = session_cookie::name(https);
        match session_cookie::presented(header, https) {
            Presented::Nothing => assert!(!header.split(';').any(|pair| {
                pair.trim_matches([' ', '\t'])
                    .starts_with(&format!("{name}="))
            })),
            Presented::Token(token) => {
                assert_eq!(token.secret().len(), 40);
                let pair = format!("{name}={}", token.secret());
                let twice = format!("{header};{pair}");
                let alone = session_cookie::presented(&pair, https);
                assert!(matches!(alone, Presented::Token(same) if same.secret() == token.secret()));
                assert!(matches!(
                    session_cookie::presented(&twice, https),
                    Presented::Malformed(_)
                ));
                let set = session_cookie::set(&token, https, Some(60));
                HeaderValue::new(&*set).expect("a header");
                assert!(set.starts_with(&format!("{pair};")), "{set}");
            }
            Presented::Malformed(tokens) => {
                assert!(tokens.len() <= 16);
                assert!(tokens.iter().all(|token| header.contains(token.secret())));
            }
        }
    }
    if let Some(token) = Token::parse(header) {
        assert_eq!(token.secret(), header);
    }
}

/// A request's target, and the path that a server makes of one: a normal form stays as it is, names no folder above,
/// and a longer spelling of it is the same path.
pub fn paths(data: &[u8]) {
    let mut parts = parts(data);
    let (target, script, info) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    for path in [UrlPath::from_target(target), UrlPath::from_decoded(script)] {
        let Some(path) = path else { continue };
        let text = path.as_str();
        let names: Vec<_> = text.split('/').skip(1).collect();
        assert!(text.starts_with('/') && !text.contains('\\'), "{text:?}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!(text == "/" || !names.iter().any(|name| ["", ".", ".."].contains(name)));
        assert_eq!(UrlPath::from_decoded(text.as_bytes()).as_ref(), Some(&path));
        let encoded = names
            .iter()
            .map(|name| utf8_percent_encode(name, NON_ALPHANUMERIC).to_string());
        let encoded = encoded.collect::<Vec<_>>();
        for between in ["/", "//", "/./", "/%2e/", "/x/../", "/%2E/y/.%2e//"] {
            let longer = format!("{between}{}", encoded.join(between));
            assert_eq!(
                UrlPath::from_target(longer.as_bytes()).as_ref(),
                Some(&path),
                "{longer}"
            );
        }
    }
    let variables = [
        ("REQUEST_URI", target),
        ("SCRIPT_NAME", script),
        ("PATH_INFO", info),
    ];
    let variables: Variables = variables.into_iter().collect();
    for called in [Called::AsItself, Called::InItsPlace, Called::ByAction] {
        if let Ok(request) = GuardedRequest::read(&variables, called) {
            assert_eq!(Some(&request.asked), UrlPath::from_target(target).as_ref());
            if called == Called::ByAction {
                assert_eq!(
                    Some(&request.resolved),
                    UrlPath::from_decoded(info).as_ref()
                );
            }
        }
    }
}

/// Rules, a path, and who asks: the verdict is the same for each spelling of the path, and nobody gets more by being
/// signed out.
pub fn rules(data: &[u8]) {
    let mut parts = parts(data);
    let target = parts.next().unwrap_or_default();
    let mut text = "store = \"sqlite:/x\"\n".to_owned();
    for rule in parts.take(8) {
        let rule = String::from_utf8_lossy(rule);
        let mut words = rule.split_ascii_whitespace();
        let path = words.next().unwrap_or_default();
        let allow: Vec<_> = words.collect();
        let rule = format!("[[rule]]\npath = {path:?}\nallow = {allow:?}\n");
        text.push_str(&rule);
    }
    // What Rust escapes otherwise than TOML is no rule.
    let Ok(config) = Config::parse(&text, Path::new("/nowhere/x.toml")) else {
        return;
    };
    let rules = match Rules::from_config(&config) {
        Ok(rules) => rules,
        Err(why) => {
            let said = why.to_string();
            assert!(
                said.starts_with("/nowhere/x.toml:") && !said.contains('\n'),
                "{said}"
            );
            return;
        }
    };
    let Some(path) = UrlPath::from_target(target) else {
        return;
    };
    let groups: Vec<GroupName> = GroupName::parse("board").into_iter().collect();
    let member = Member {
        login_name: "alice",
        groups: &groups,
    };
    let spelled = format!(
        "//.{}",
        utf8_percent_encode(path.as_str(), NON_ALPHANUMERIC)
    );
    let spelled = spelled.replace("%2F", "/./x/%2e%2E/");
    let other = UrlPath::from_target(spelled.as_bytes());
    assert_eq!(other.as_ref(), Some(&path), "{spelled}");
    let rule = rules.counting(&path);
    if let Some(rule) = rule {
        assert!(path.is_at_or_below(&rule.path));
    }
    let (theirs, strangers) = (verdict(rule, Some(member)), verdict(rule, None));
    assert_ne!(theirs, Verdict::SignInFirst);
    if strangers == Verdict::Allowed {
        assert_eq!(theirs, Verdict::Allowed);
        assert!(rule.is_some_and(Rule::is_for_everyone));
    }
    if strangers == Verdict::Forbidden {
        assert_eq!(theirs, Verdict::Forbidden);
    }
}

/// A form: what is whole is read, as everybody reads it, and a field twice is nobody's.
pub fn form(data: &[u8]) {
    let whole = data
        .split(|byte| *byte == b'%')
        .skip(1)
        .all(|rest| rest.len() > 1 && rest.iter().take(2).all(u8::is_ascii_hexdigit));
    let is_text = percent_decode(data).decode_utf8().is_ok();
    let Ok(form) = Form::parse(data) else {
        assert!(!whole || !is_text);
        return;
    };
    assert!(whole && is_text);
    let pairs: Vec<(String, String)> = form_urlencoded::parse(data).into_owned().collect();
    for field in ["login_name", "password", "next", "remember", ""] {
        let values: Vec<_> = pairs.iter().filter(|(name, _)| name == field).collect();
        match form.get(field) {
            Ok(value) => {
                assert!(values.len() < 2);
                assert_eq!(value, values.first().map(|(_, value)| value.as_str()));
            }
            Err(error) => assert!(values.len() > 1 && error.http_status() == 400),
        }
        if let Ok(Some(value)) = form.get(field) {
            let mut written = form_urlencoded::Serializer::new(String::new());
            let written = written.append_pair(field, value).finish();
            let again = Form::parse(written.as_bytes()).expect("what was written is read");
            assert_eq!(again.get(field).ok().flatten(), Some(value));
        }
    }
}

/// A server's greeting, and its version: by hand as by the expressions.
pub fn greeting(data: &[u8]) {
    const MARIADB: &str = r"^(?:5.5.5-)?(\d{1,2})\.(\d{1,2})\.(\d{1,3})-MariaDB";
    const VERSION: &str = r"^(\d{1,2})\.(\d{1,2})\.(\d{1,3})(.*)";
    let numbers = |pattern: &str, version: &[u8]| {
        let text = match std::str::from_utf8(version) {
            Ok(text) => text,
            // No pattern matches what is no text; before it, they may.
            Err(error) => std::str::from_utf8(&version[..error.valid_up_to()]).unwrap(),
        };
        let pattern = regex_lite::Regex::new(pattern).unwrap();
        let groups = pattern.captures(text)?;
        let number = |index: usize| groups[index].parse::<u16>().unwrap();
        Some((number(1), number(2), number(3)))
    };
    let said = |version: &[u8]| {
        let mut said = b"\x0a".to_vec();
        said.extend(version);
        said.extend(b"\0\x01\0\0\0" as &[u8]);
        said.extend(b"12345678\0\xdf\xf7\x2d\x02\0\xff\0\x15\0\0\0\0\0\0\0\0\0\0" as &[u8]);
        said.extend(b"123456789012\0mysql_native_password\0" as &[u8]);
        said
    };
    let version = parts(data).next().unwrap_or_default();
    for greeting in [data, &said(version)] {
        let Ok(greeting) = HandshakePacket::deserialize((), &mut ParseBuf(greeting)) else {
            continue;
        };
        let version = greeting.server_version_ref();
        assert_eq!(greeting.server_version_parsed(), numbers(VERSION, version));
        assert_eq!(
            greeting.maria_db_server_version_parsed(),
            numbers(MARIADB, version)
        );
    }
}

/// Where a sign-in leads: never elsewhere, and in no header a line's end.
pub fn next(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(next) = Next::parse(&text) else {
        return;
    };
    let path = next.as_str();
    HeaderValue::new(path).expect("a header");
    assert!(path.len() <= NEXT_MAX && next.in_query().len() <= NEXT_MAX);
    assert!(!next.in_query().contains(['?', '&', '#', '+', '=', ';']));
    for ours in [
        "https://site.example/cgi-bin/login",
        "http://127.0.0.1:8080/login",
    ] {
        let ours = Url::parse(ours).unwrap();
        for written in [path, &text] {
            let there = ours.join(written).expect("a browser goes there");
            assert_eq!(there.origin(), ours.origin(), "{written}");
        }
    }
    assert_eq!(Next::parse(path).as_ref(), Some(&next), "once is enough");
    let carried = percent_decode_str(&next.in_query())
        .decode_utf8()
        .unwrap()
        .into_owned();
    assert_eq!(carried, path);
}

/// Who the client is: the server's word, and a proxy's only where it is listed.
pub fn proxies(data: &[u8]) {
    let names = [
        "REMOTE_ADDR",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_PROTO",
        "HTTPS",
    ];
    let given: Vec<_> = names.into_iter().zip(parts(data)).collect();
    let trusted = [
        "10.0.0.0/8".parse().unwrap(),
        "2001:db8::/32".parse().unwrap(),
    ];
    let is_listed =
        |ip: &std::net::IpAddr| trusted.iter().any(|net: &ipnet::IpNet| net.contains(ip));
    let read = |pairs: &[(&'static str, &[u8])]| {
        let needed = [("REQUEST_METHOD", &b"GET"[..]), ("SCRIPT_NAME", b"/login")];
        let variables: Variables = needed.into_iter().chain(pairs.iter().copied()).collect();
        Request::read(&variables, &trusted).expect("nothing else is required")
    };
    let request = read(&given);
    let peer: Option<std::net::IpAddr> = read(given.get(..1).unwrap_or_default())
        .remote_addr
        .parse()
        .ok();
    let plain = given.first().and_then(|(_, value)| {
        let text = std::str::from_utf8(value).ok()?;
        Some(text.parse::<std::net::IpAddr>().ok()?.to_canonical())
    });
    // A port, brackets or a link's name may stand with it; a plain address is itself.
    assert!(plain.is_none() || plain == peer);
    if request.remote_addr == "unknown" {
        assert_eq!(peer, None);
    } else {
        let shown: std::net::IpAddr = request.remote_addr.parse().expect("an address");
        assert_eq!(shown.to_canonical().to_string(), request.remote_addr);
        if !peer.is_some_and(|peer| is_listed(&peer)) {
            assert_eq!(Some(shown), peer);
        }
    }
    if !peer.is_some_and(|peer| is_listed(&peer)) {
        let alone: Vec<_> = given
            .iter()
            .copied()
            .filter(|(name, _)| !name.starts_with("HTTP_"))
            .collect();
        let alone = read(&alone);
        assert_eq!(
            (alone.remote_addr, alone.https),
            (request.remote_addr, request.https)
        );
    }
}

/// A whole request of each page, up to the store, which is away: one answer that any server can read.
pub fn request(data: &[u8]) {
    const NAMES: [&str; 14] = [
        "REQUEST_METHOD",
        "QUERY_STRING",
        "HTTP_COOKIE",
        "HTTP_ACCEPT",
        "HTTP_ACCEPT_LANGUAGE",
        "SCRIPT_NAME",
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "HTTP_HOST",
        "HTTP_ORIGIN",
        "HTTP_SEC_FETCH_SITE",
        "HTTP_USER_AGENT",
        "PATH_INFO",
        "HTTPS",
    ];
    // Behind the body: so the corpus keeps its meaning.
    const MORE: [&str; 2] = ["HTTP_REFERER", "SERVER_NAME"];
    let more = MORE.into_iter().zip(parts(data).skip(NAMES.len() + 1));
    let variables = NAMES.into_iter().zip(parts(data)).chain(more);
    let variables: Variables = variables.collect();
    let body = parts(data).nth(NAMES.len()).unwrap_or_default();
    let config = "store = \"sqlite:/nonexistent/sessions\"\n[log]\nto = \"/dev/null\"\n\
                  [http]\nallow_http = true\n";
    let config = Config::parse(config, Path::new("-")).expect("a configuration");
    let presentation = Presentation::from_variables(&variables, &PageConfig::default());
    let read = Request::read(&variables, &[]);
    if let Ok(request) = &read {
        let method = variables.raw("REQUEST_METHOD").unwrap_or_default();
        assert_eq!(request.method == Method::Post, method == b"POST");
        assert!(
            request
                .query_string
                .bytes()
                .all(|byte| byte.is_ascii_graphic())
        );
        let _ = Form::from_query(request);
        let foreign = request.sec_fetch_site.as_deref() == Some("cross-site");
        assert!(!foreign || request.method != Method::Post || origin::is_cross_origin(request, ""));
        if let Ok(length) = std::str::from_utf8(variables.raw("CONTENT_LENGTH").unwrap_or_default())
        {
            let digits = length.trim_start_matches('0');
            let said = request.content_length.map(|length| length.to_string());
            let said = said.as_deref().map(|said| said.trim_start_matches('0'));
            assert_eq!(said.unwrap_or_default(), digits, "{length:?}");
        }
    }
    for page in [&LOGIN, &LOGOUT, &PROTECTED] {
        let answer = answer(page, &variables, body, &config, &presentation);
        is_an_answer(&answer.expect("an answer, or a failure's"));
    }
}

fn answer(
    page: &Page,
    variables: &Variables,
    mut body: &[u8],
    config: &Config,
    presentation: &Presentation,
) -> Result<cgi::Response, Error> {
    let log = Log::new(page.name(), config.log.to.clone());
    assert_ne!(config.log.to, Sink::Stderr);
    let context = Context {
        variables,
        body: &mut body,
        config,
        presentation,
        log: &log,
        clock: || (Time(1_763_900_000), 0),
        deadline: &mut Deadline::new(|_| ()),
        confine: |_| Ok(Confined::Wholly),
    };
    page::answer(page, context)
        .or_else(|error| page::failure(page, presentation, &error, "0123abcd"))
}

/// RFC 3875, 6: a header block that no input has broken, and no cookie.
fn is_an_answer(answer: &cgi::Response) {
    let head = answer.head().expect("it fits");
    assert!(head.len() <= HEADER_BLOCK_MAX);
    let (block, rest) = head.split_once("\r\n\r\n").expect("a blank line");
    assert!(rest.is_empty());
    assert!(block.starts_with("Status: "));
    let mut names = Vec::new();
    for line in block.split("\r\n") {
        let (name, value) = line.split_once(": ").expect("a header");
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
            "{line}"
        );
        assert!(
            value
                .bytes()
                .all(|byte| byte == b' ' || byte.is_ascii_graphic()),
            "{line}"
        );
        assert!(!names.contains(&name), "{name} twice");
        names.push(name);
    }
    let text = std::str::from_utf8(answer.body()).expect("UTF-8");
    assert!(!text.contains("<script") && !text.contains("nonexistent"));
    for cookie in answer.header("Set-Cookie") {
        assert!(
            cookie.contains("Max-Age=0"),
            "nobody can be signed in: {cookie}"
        );
    }
}

/// What a session keeps, whatever text it is: a program that cannot read it gets an error, and saves nothing; one that
/// can gets back what it saves, and leaves alone what is another program's.
pub fn session_data(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let kept: Option<Map<String, Value>> = serde_json::from_str(&text).ok();
    let any = holds::<BTreeMap<String, Value>>(&text);
    assert!(any.is_err() || kept.is_some());
    let looks = holds::<Look>(&text);
    if let (Ok(saved), Some(kept)) = (looks, kept) {
        for (key, value) in kept {
            let is_its_own = ["theme", "colour", "sizes"].contains(&&*key);
            assert!(is_its_own || saved.get(&key) == Some(&value), "{key:?}");
        }
    }
    let _ = holds::<Strict>(&text);
    let _ = holds::<Value>(&text);
    let _ = holds::<Option<Look>>(&text);
    let _ = holds::<Vec<String>>(&text);
}

/// A type that shares the data with others.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Look {
    #[serde(alias = "colour")]
    theme: String,
    sizes: Vec<Option<u8>>,
}

/// A type that does not, and needs its key.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    count: i64,
}

/// What is saved if a program reads this text as a `T`, and changes nothing.
fn holds<T>(text: &str) -> Result<Map<String, Value>, DataFault>
where
    T: Clone + Debug + Default + DeserializeOwned + PartialEq + Serialize,
{
    let fault = |error| match error {
        Error::Data(fault) => {
            let said = Error::Data(fault).to_string();
            assert!(said.len() < 250 && !said.contains('\n'), "{said}");
            fault
        }
        other => panic!("{other}"),
    };
    let mut seen = None;
    let saved = session_data::changed(Some(text), &mut |value: &mut T| seen = Some(value.clone()));
    let read = match session_data::parsed::<T>(Some(text)) {
        Ok(read) => read,
        Err(error) => {
            assert!(
                seen.is_none(),
                "a change was made to what could not be read"
            );
            let (read, changed) = (fault(error), saved.map(|_| ()).map_err(fault));
            assert_eq!(changed, Err(read));
            return Err(read);
        }
    };
    let ((), saved) = saved.map_err(fault)?;
    assert_eq!(seen.as_ref(), Some(&read));
    assert!(saved.len() <= DATA_MAX);
    let again: T = session_data::parsed(Some(&saved)).expect("what was saved is read");
    assert_eq!(again, read);
    Ok(serde_json::from_str(&saved).expect("an object"))
}

/// `store`: read and written again it is the same, and it never shows its password.
pub fn store_url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(url) = StoreUrl::parse(&text) else {
        return;
    };
    let StoreUrl::Mysql(mysql) = &url else {
        assert!(url.to_string().starts_with("sqlite:/"));
        return;
    };
    assert!(!mysql.user.is_empty() && !mysql.database.is_empty() && !mysql.hosts.is_empty());
    assert!(
        mysql
            .hosts
            .iter()
            .all(|host| !host.name.is_empty() && host.port > 0)
    );
    assert_eq!(StoreUrl::parse(&written(mysql)).as_ref(), Ok(&url));
    let mut other = mysql.clone();
    other.password = cgi_session::config::Secret::new(SECRET.to_owned());
    let other = StoreUrl::Mysql(other);
    assert_eq!(other.to_string(), url.to_string());
    assert_eq!(format!("{other:?}"), format!("{url:?}"));
}

fn written(url: &MysqlUrl) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let hosts: Vec<_> = url
        .hosts
        .iter()
        .map(|host| {
            let name = &host.name;
            if name.contains(':') {
                format!("[{name}]:{}", host.port)
            } else {
                format!("{name}:{}", host.port)
            }
        })
        .collect();
    let socket = url.socket.as_ref().map(|path| {
        // The first slash is looked for as it is.
        let path = path.to_str().unwrap();
        format!("?socket=/{}", encoded(&path[1..]))
    });
    format!(
        "mysql://{}:{}@{}/{}{}",
        encoded(&url.user),
        encoded(url.password.expose()),
        hosts.join(","),
        encoded(&url.database),
        socket.unwrap_or_default()
    )
}
