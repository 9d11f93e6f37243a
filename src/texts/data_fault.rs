//! What a visitor is told if the data of their session was not saved.

use super::language::Texts;

/// A title and a detail, in English and in Chinese.
type Told = [(&'static str, &'static str); 2];

/// 400
const TWO_COOKIES: Told = [
    (
        "Two cookies",
        "Your browser sends two cookies of the same name to this site, so that nothing was saved for you. \
         Please delete the cookies of this site in your browser, then try again.",
    ),
    (
        "Cookie 重复",
        "您的浏览器向本网站发送了两个同名的 Cookie，因此未能为您保存任何内容。请在浏览器中删除本网站的 Cookie，然后重试。",
    ),
];

/// 409
const ENDED: Told = [
    (
        "Your session has ended",
        "Your session ended before this could be saved. Nothing was changed. \
         Please open the page again.",
    ),
    (
        "会话已结束",
        "保存之前，您的会话已结束。未做任何更改。请重新打开页面。",
    ),
];

/// 413
const NO_ROOM: Told = [
    (
        "There is no room for more",
        "What this site keeps for you has no room for this. Nothing was changed. \
         Please remove something, then try again.",
    ),
    (
        "空间已满",
        "本网站为您保存的内容已达上限。未做任何更改。请先删除一些内容，然后重试。",
    ),
];

/// 429. The visitor may have no account.
const NETWORK_FULL: Told = [
    (
        "Too many visitors",
        "Too many visitors come from your network at present, so that nothing was saved for you. \
         Please try again later. If you have an account, you can sign in instead.",
    ),
    (
        "访客过多",
        "目前来自您所在网络的访客过多，因此未能为您保存任何内容。请稍后重试。如果您有帐户，也可以登录。",
    ),
];

/// 503. The visitor may have no account.
const ALL_FULL: Told = [
    (
        "Too many visitors",
        "This site has too many visitors at present, so that nothing was saved for you. \
         Please try again later. If you have an account, you can sign in instead.",
    ),
    (
        "访客过多",
        "本网站目前访客过多，因此未能为您保存任何内容。请稍后重试。如果您有帐户，也可以登录。",
    ),
];

impl Texts {
    /// The title and detail for an error about a session's data with this status.
    #[must_use]
    pub fn data_fault(&self, status: u16) -> (&'static str, &'static str) {
        let [english, chinese] = match status {
            400 => TWO_COOKIES,
            409 => ENDED,
            413 => NO_ROOM,
            429 => NETWORK_FULL,
            503 => ALL_FULL,
            _ => return self.failure(status),
        };
        if self.range == "zh" { chinese } else { english }
    }
}
