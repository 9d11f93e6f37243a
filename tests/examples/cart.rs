//! `/cgi-bin/cart`: a shopping cart for everybody. It keeps its data in the session: before sign-in in a session of
//! nobody, whose data the visitor takes along when they sign in.

use std::collections::BTreeMap;
use std::process::ExitCode;

use cgi_session::{Error, Html, Page, Response, Visit};
use serde::{Deserialize, Serialize};

/// What is on sale: the value of the button, and the name.
const GOODS: [(&str, &str); 3] = [
    ("tea", "Tea"),
    ("bread", "Bread & butter"),
    ("pen", "A pen"),
];

/// What the session keeps: how many there are of each.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Cart {
    items: BTreeMap<String, u32>,
}

fn main() -> ExitCode {
    cgi_session::run(Page::open("cart", cart).with_form())
}

fn cart(visit: &mut Visit<'_>) -> Result<Response, Error> {
    if visit.is_post() {
        change(visit)?;
        // So that loading the page again does not send the form again.
        return visit.redirect(visit.path());
    }
    show(visit)
}

/// Adds or removes one item. Two requests at once lose nothing: `update` repeats the change on the newest cart.
fn change(visit: &mut Visit<'_>) -> Result<(), Error> {
    let form = visit.form();
    if let Some(item) = form.get("add")? {
        if GOODS.iter().all(|(value, _)| *value != item) {
            return Err(Error::status(
                400,
                "the cart was asked for what is not on sale",
            ));
        }
        visit.update(|cart: &mut Cart| {
            let count = cart.items.entry(item.to_owned()).or_default();
            *count = count.saturating_add(1);
        })?;
    }
    if let Some(item) = form.get("remove")? {
        visit.update(|cart: &mut Cart| {
            if let Some(count) = cart.items.get_mut(item) {
                *count = count.saturating_sub(1);
            }
            cart.items.retain(|_, count| *count > 0);
        })?;
    }
    Ok(())
}

fn show(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let cart: Cart = visit.data()?;
    if visit.wants_json() {
        return visit.json(&cart);
    }
    let who = match visit.session()? {
        Some(session) => format!(
            r#"You are signed in as <b>{}</b>. <a href="{}">Sign out</a>"#,
            Html::text(session.login_name()),
            Html::text(visit.sign_out_path())
        ),
        None => format!(
            r#"You are not signed in. <a href="{}">Sign in</a> and take your cart along."#,
            Html::text(visit.sign_in_path())
        ),
    };
    let rows: Html = GOODS.iter().map(|good| row(good, &cart)).collect();
    let total: u32 = cart.items.values().sum();
    let token = visit.form_token_field();
    let html = format!(
        r#"<p class="quiet">{who}</p>
<form method="post">{token}
<dl>{rows}</dl>
</form>
<p>Items in the cart: <b id="total">{total}</b></p>"#
    );
    visit.page("Your cart", Html::trusted(html))
}

/// One of the goods: its name, how many there are in the cart, and its buttons.
fn row((value, name): &(&str, &str), cart: &Cart) -> Html {
    let name = Html::text(name);
    let count = cart.items.get(*value).copied().unwrap_or_default();
    let off = if count == 0 { " disabled" } else { "" };
    Html::trusted(format!(
        r#"<div><dt>{name}</dt><dd>
<button name="remove" value="{value}" aria-label="Remove {name}"{off}>−</button>
<span>{count}</span>
<button name="add" value="{value}" aria-label="Add {name}">+</button>
</dd></div>"#
    ))
}
