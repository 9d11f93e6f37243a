//! What a visitor is told of an error that only a page of one's own has.

use super::language::Texts;

impl Texts {
    /// The title and detail for a status that the author of a page has chosen.
    #[must_use]
    pub fn told(&self, status: u16) -> (&'static str, &'static str) {
        match status {
            403 => self.pick(
                ("Refused", "You may not do that here."),
                ("请求被拒绝", "您无权进行此操作。"),
            ),
            404 | 410 => self.not_found,
            409 => self.pick(
                (
                    "Changed in the meantime",
                    "Somebody has changed this in the meantime. Please open the page again, then try again.",
                ),
                ("内容已更改", "此内容在此期间已被更改。请重新打开页面后重试。"),
            ),
            400 | 405 | 408 | 413 | 415 | 429 | 503 => self.failure(status),
            ..500 => self.bad_request,
            _ => self.broken,
        }
    }

    /// 403: the form belongs to another session than the browser has now.
    #[must_use]
    pub fn form_out_of_date(&self) -> (&'static str, &'static str) {
        self.pick(
            (
                "This form is out of date",
                "You have probably signed in or out since this page was opened. Nothing was changed. \
                 Please open the page again, then send the form once more.",
            ),
            (
                "表单已过期",
                "打开此页面之后，您的登录状态可能已改变。未做任何更改。请重新打开页面，然后再次提交表单。",
            ),
        )
    }

    /// The pair in this language.
    fn pick<T>(&self, english: T, chinese: T) -> T {
        if self.range == "zh" { chinese } else { english }
    }
}
