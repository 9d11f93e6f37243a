//! Simplified Chinese, 简体中文.

use super::language::{Texts, Unit};

pub static CHINESE: Texts = Texts {
    tag: "zh-CN",
    range: "zh",

    sign_in: "登录",
    login_name: "用户名",
    password: "密码",
    remember: "保持登录状态",
    wrong: "错误：",
    wrong_password: "用户名或密码不正确。",
    signed_out_now: "您已退出登录。",
    signed_in_as: "您已登录为",
    go_on: "继续",
    sign_in_as_another: "或使用其他账号登录：",
    sign_in_as_somebody_else: "使用其他账号登录",

    signed_in: "您已登录",
    signed_in_only: "只有登录后才能看到此页面。",
    since: "登录时间",
    until: "最迟有效至",

    // The words of the original script, with its half-width punctuation.
    signed_out_title: "错误!",
    signed_out_message: "您尚未登录,3秒后将自动转到登录窗口!",
    not_signed_in: "您尚未登录。",
    sign_in_now: "立即登录",
    stay: "留在此页",
    no_cookies: "如果您刚刚登录过，说明浏览器没有保存登录所需的 Cookie。请允许本网站使用 Cookie，然后重新登录。",

    sign_out: "退出登录",
    sign_out_question: "要退出登录吗？",
    sign_out_effect: "退出后，此浏览器中的会话即告结束。",
    another_session: "刚才的页面属于之前的会话，此后此浏览器又登录过。尚未结束任何会话。",
    not_signed_out: "您尚未退出登录，请稍后重试。",

    back: "返回",
    try_again: "重试",
    failure_id: "如需反馈此问题，请提供编号",

    bad_request: ("请求无效", "无法理解此请求。"),
    cross_origin: ("请求被拒绝", "此表单来自其他网站。请直接打开本页面后重试。"),
    forbidden: ("没有权限", "您无权访问此地址。"),
    plain_http: (
        "连接不安全",
        "为保护您的密码和会话，本页面只能通过 HTTPS 访问。请打开以 https:// 开头的地址。",
    ),
    unknown_proxy: (
        "本网站尚未就绪",
        "为保护您的密码和会话，本页面只能通过 HTTPS 访问，但本网站不认识您经过的代理服务器，无法确认您使用的是 HTTPS。\
         您无需进行任何操作，网站管理员可在日志中找到解决办法。",
    ),
    not_found: ("找不到页面", "此地址没有对应的页面。"),
    not_allowed: ("不支持的请求", "本页面不接受此类请求。"),
    too_slow: ("请求超时", "表单未能及时送达，请重试。"),
    too_large: ("内容过大", "发送的内容超出了本页面的限制。"),
    not_a_form: (
        "不是表单",
        "本页面只接受 application/x-www-form-urlencoded。",
    ),
    too_many: ("尝试次数过多", "尝试次数过多，请稍候再试。"),
    too_many_until,
    broken: ("出错了", "这是我们的问题，与您无关。请稍后重试。"),
    unavailable: (
        "暂时无法访问",
        "服务暂时不可用，您的登录状态没有改变。请稍后重试。",
    ),
};

fn too_many_until(count: i64, unit: Unit, clock: &str) -> String {
    let unit = match unit {
        Unit::Second => "秒",
        Unit::Minute => "分钟",
        Unit::Hour => "小时",
    };
    format!("尝试次数过多，请在 {count} {unit}后（UTC 时间 {clock}）重试。")
}
