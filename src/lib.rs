//! cgi-session
