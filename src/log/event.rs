//! Every event in the log, in one table: when it is written, its name, its fields, and when it is worth an alarm.
//! `cgi-session help events` prints the table.

/// One row of the table of events, as `cgi-session help events` prints it.
#[derive(Debug)]
pub struct About {
    /// The event's name in the log.
    pub name: &'static str,
    /// When the event is written, in one sentence.
    pub when: &'static str,
    /// The event's fields, in the order of the line.
    pub fields: &'static [&'static str],
    /// When somebody should be woken; empty if never.
    pub alarm: &'static str,
}

/// Makes the enum, its names and [`EVENTS`] from one list, so that each event is written once. A new event is added to
/// that list, and the meaning of a new field to [`FIELDS`](super::FIELDS).
macro_rules! events {
    ($(#[doc = $when:literal] $event:ident = $name:literal { $($field:ident),+ } alarm $alarm:literal;)+) => {
        /// An event, with the values of its fields.
        #[derive(Debug, Clone, Copy)]
        pub enum Event<'a> {
            $(
                #[doc = $when]
                $event {
                    $(
                        /// See [`FIELDS`](super::FIELDS).
                        $field: &'a str,
                    )+
                },
            )+
        }

        impl<'a> Event<'a> {
            /// The event's name in the log.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$event { .. } => $name,)+
                }
            }

            /// The event's fields, in the order of the line.
            #[must_use]
            pub fn fields(&self) -> Vec<(&'static str, &'a str)> {
                match *self {
                    $(Self::$event { $($field),+ } => vec![$((stringify!($field), $field)),+],)+
                }
            }
        }

        /// Every event.
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

    /// An attempt was refused without checking the password, because too many before it had failed.
    SignInThrottled = "sign_in_throttled" { user, client, whose, seconds } alarm "many from one client";

    /// A sign-in was refused because too many succeeded before it, for an account (its password was right) or a client.
    SignInsTooMany = "sign_ins_too_many" { user, client, whose, seconds } alarm "many for one user: only a program signs in so often";

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

    /// An administrator cleared the failed attempts of a user, and those of a client if one was named.
    UserUnlocked = "user_unlocked" { user, client, uid } alarm "";

    /// An administrator added a user to groups, or removed them from some. It counts from the next request on.
    GroupsChanged = "groups_changed" { user, added, removed, uid } alarm "";

    /// An administrator deleted a user with their sessions.
    UserDeleted = "user_deleted" { user, uid } alarm "";

    /// An administrator ended a user's sessions, or everybody's if no user was named.
    SessionsRevoked = "sessions_revoked" { user, count, uid } alarm "";

    /// An administrator ended one session.
    SessionRevoked = "session_revoked" { session, uid } alarm "";

    /// An administrator deleted the rows of sessions that had ended.
    SessionsPruned = "sessions_pruned" { count, uid } alarm "";

    /// The session cookie held no token, or came twice. No browser sends that by itself.
    CookieMalformed = "cookie_malformed" { client } alarm "many from one client";

    /// A session opened or seen over five minutes in the future was refused: some web server's clock is wrong.
    ClocksApart = "clocks_apart" { session, why } alarm "each: visitors are signed out";

    /// The time of a visit could not be written; the visitor was served.
    TouchFailed = "touch_failed" { session, why } alarm "each: the store takes no writes";

    /// Sessions that had ended could not be deleted; the visitor was served.
    PruneFailed = "prune_failed" { why } alarm "each: the store takes no writes";

    /// A sign-in or sign-out was not confined to the files that it needs; it was served. Checks do not log this.
    Unconfined = "unconfined" { why } alarm "each, if the kernel has Landlock";

    /// A file was not sent to its end: it became shorter meanwhile, or the client took nothing for half a minute.
    FileCut = "file_cut" { why } alarm "";

    /// A visitor may not reach a guarded path, by the rule for this path; `user` is empty if they are signed out.
    NotAllowed = "not_allowed" { user, client, rule } alarm "many for one user, or from one client";

    /// A request was answered with an error instead of its page.
    Failed = "failed" { id, status, why } alarm "each with status 500 or 503";
}
