//! Every event that a program writes, in one table: when it is written, its name, what it tells, and
//! when it is worth an alarm. `cgi-session help events` prints the table.

/// One kind of event, for people.
#[derive(Debug)]
pub struct About {
    /// Its name in the log.
    pub name: &'static str,
    /// When it is written: a sentence.
    pub when: &'static str,
    /// Its fields, in their order in the line.
    pub fields: &'static [&'static str],
    /// When somebody should be woken; empty: never.
    pub alarm: &'static str,
}

/// What each field holds, whatever the event.
pub const FIELDS: &[(&str, &str)] = &[
    (
        "client",
        "the client's address; through a listed proxy, the one that it names",
    ),
    ("count", "how many sessions"),
    ("id", "what the client was shown, to find this line by"),
    ("seconds", "until when the next try has to wait, from now"),
    (
        "session",
        "the first 8 digits of the session column, as `session list` shows them",
    ),
    ("status", "the HTTP status that the client got"),
    (
        "uid",
        "the Unix user id of the administrator; through sudo, of who called it",
    ),
    (
        "user",
        "the login name; empty where there is no such user, for what was typed may be a password",
    ),
    (
        "whose",
        "whose tries were too many: the `account`'s, the `client`'s, the known `device`'s, or those of the client's \
         `site` (an IPv6 /56) or `network` (an IPv6 /48, an IPv4 /24)",
    ),
    ("why", "what was wrong, where, and what to do"),
];

/// A kind is written once: the enum, its names and [`EVENTS`] are made of it. A new one is added here,
/// a new field's meaning to [`FIELDS`].
macro_rules! events {
    ($(#[doc = $when:literal] $event:ident = $name:literal { $($field:ident),+ } alarm $alarm:literal;)+) => {
        /// What happened, with what is told of it.
        #[derive(Debug, Clone, Copy)]
        pub enum Event<'a> {
            $(
                #[doc = $when]
                $event {
                    $(
                        /// See [`FIELDS`].
                        $field: &'a str,
                    )+
                },
            )+
        }

        impl<'a> Event<'a> {
            /// Its name in the log.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$event { .. } => $name,)+
                }
            }

            /// What it tells, in the order of the line.
            #[must_use]
            pub fn fields(&self) -> Vec<(&'static str, &'a str)> {
                match *self {
                    $(Self::$event { $($field),+ } => vec![$((stringify!($field), $field)),+],)+
                }
            }
        }

        /// All of them.
        pub const EVENTS: &[About] = &[
            $(About {
                name: $name,
                when: $when,
                fields: &[$(stringify!($field)),+],
                alarm: $alarm,
            },)+
        ];
    };
}

events! {
    /// Somebody signed in.
    SignInSucceeded = "sign_in_succeeded" { user, client } alarm "";

    /// A sign-in was refused: no such user, a wrong password, or a disabled user.
    SignInFailed = "sign_in_failed" { user, client } alarm "many from one client, or for one user";

    /// A try was not looked at: too many failed before it.
    SignInThrottled = "sign_in_throttled" { user, client, whose, seconds } alarm "many from one client";

    /// A sign-in was refused, since too many before it succeeded: of an account, whose password was right, or of a client.
    SignInsTooMany = "sign_ins_too_many" { user, client, whose, seconds } alarm "many for one user: who signs in so often is a program";

    /// A session was ended by its visitor.
    SignedOut = "signed_out" { session, client } alarm "";

    /// An administrator added a user.
    UserAdded = "user_added" { user, uid } alarm "";

    /// An administrator set a user's password, which ended their sessions.
    PasswordSet = "password_set" { user, uid } alarm "";

    /// An administrator disabled a user, which ended their sessions.
    UserDisabled = "user_disabled" { user, uid } alarm "";

    /// An administrator enabled a user who was disabled.
    UserEnabled = "user_enabled" { user, uid } alarm "";

    /// An administrator made a user's failed tries forgotten, and those of a client, where one is named.
    UserUnlocked = "user_unlocked" { user, client, uid } alarm "";

    /// An administrator deleted a user with their sessions.
    UserDeleted = "user_deleted" { user, uid } alarm "";

    /// An administrator ended a user's sessions, or everybody's, where no user is named.
    SessionsRevoked = "sessions_revoked" { user, count, uid } alarm "";

    /// An administrator ended one session.
    SessionRevoked = "session_revoked" { session, uid } alarm "";

    /// An administrator deleted the rows of sessions that were over.
    SessionsPruned = "sessions_pruned" { count, uid } alarm "";

    /// A cookie of ours held no token, or came twice: no browser sends that by itself.
    CookieMalformed = "cookie_malformed" { client } alarm "many from one client";

    /// A session was refused that was opened or seen more than five minutes after now: the clock of some web server is wrong.
    ClocksApart = "clocks_apart" { session, why } alarm "each: visitors are signed out";

    /// The time of a visit could not be written; the visitor was served.
    TouchFailed = "touch_failed" { session, why } alarm "each: the store takes no writes";

    /// Sessions that are over could not be deleted; the visitor was served.
    PruneFailed = "prune_failed" { why } alarm "each: the store takes no writes";

    /// A sign-in or sign-out was not held to the files that it needs; it was served. Checks do not say so.
    Unconfined = "unconfined" { why } alarm "each, where the kernel has Landlock";

    /// A request was answered with an error instead of its page.
    Failed = "failed" { id, status, why } alarm "each with status 500 or 503";
}
