//! Finds the executables that this server runs, and builds them under cargo.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::programs::{EXAMPLES, OURS, Programs};
use crate::command_error::CommandError;

/// The executables, without a folder of the user's own.
///
/// `cargo run` builds only the program that it runs. Cargo alone knows what is out of date, and takes no time if
/// nothing is, so under cargo it is always asked for the others, and for the examples.
///
/// # Errors
/// If they cannot be built, or are not there.
pub fn programs() -> Result<Programs, CommandError> {
    let own = env::current_exe().map_err(CommandError::system("find this program's own file"))?;
    let folder = own.parent().unwrap_or(Path::new("/"));
    let cargo = cargo();
    if let Some(cargo) = &cargo {
        build(cargo, folder)?;
    }
    let missing = OURS.iter().find(|name| !folder.join(name).is_file());
    match missing {
        None => Ok(Programs {
            ours: folder.to_owned(),
            cgi_bin: None,
            examples: cargo.map(|_| folder.join("examples")),
        }),
        Some(name) => Err(CommandError::Refused(format!(
            "no `{name}` in {}: build all programs with `cargo build --bins`, \
             or put it beside `cgi-session`",
            folder.display()
        ))),
    }
}

/// Cargo and the package's folder, if this program was started by `cargo run` in its own package:
/// any program that cargo starts passes `CARGO` on, and another package is not ours to build.
fn cargo() -> Option<Cargo> {
    let ours = env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == env!("CARGO_PKG_NAME"));
    let (program, package) = (env::var_os("CARGO")?, env::var_os("CARGO_MANIFEST_DIR")?);
    ours.then(|| Cargo {
        program,
        package: package.into(),
    })
}

struct Cargo {
    program: OsString,
    package: PathBuf,
}

fn build(cargo: &Cargo, folder: &Path) -> Result<(), CommandError> {
    let mut command = Command::new(&cargo.program);
    for (name, _) in env::vars_os().filter(|(name, _)| is_of_cargo_run(name)) {
        command.env_remove(name);
    }
    // stdout is for the page and the password; cargo's progress is on stderr anyway.
    let status = command
        .args([
            "build",
            "--bins",
            "--no-default-features",
            "--features",
            &features(),
        ])
        .args(EXAMPLES.iter().flat_map(|name| ["--example", name]))
        .args(layout(folder))
        .current_dir(&cargo.package)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(CommandError::system("start cargo"))?;
    if status.success() {
        return Ok(());
    }
    Err(CommandError::Refused(format!(
        "`cargo build --bins` failed ({status}): see its messages above"
    )))
}

/// Whether `cargo run` has set a variable for the program that it starts, as it sets `CARGO_PKG_NAME`. If such a
/// variable reached cargo again, the build scripts that read it would run again, and everything that depends on them
/// would be built again. Settings, such as `CARGO_HOME`, stay.
fn is_of_cargo_run(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    SET_BY_CARGO_RUN.contains(&&*name) || name.starts_with("CARGO_PKG_")
}

/// From the Cargo Book, "Environment Variables": what is set for crates and by `cargo run`.
const SET_BY_CARGO_RUN: [&str; 7] = [
    "CARGO",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
];

/// Every feature of `Cargo.toml`, and whether this program was built with it. The others are built with the same ones,
/// so that nothing is built again for another set.
const FEATURES: [(&str, bool); 5] = [
    ("default", cfg!(feature = "default")),
    ("mysql", cfg!(feature = "mysql")),
    ("sqlite", cfg!(feature = "sqlite")),
    ("tls", cfg!(feature = "tls")),
    ("tools", cfg!(feature = "tools")),
];

fn features() -> String {
    let on: Vec<&str> = FEATURES
        .iter()
        .filter(|(_, on)| *on)
        .map(|(name, _)| *name)
        .collect();
    on.join(",")
}

/// The options that make cargo write into `folder`: `TARGET_DIR[/TRIPLE]/PROFILE`.
fn layout(folder: &Path) -> Vec<OsString> {
    let mut options = Vec::new();
    match folder.file_name() {
        // `debug` is the folder of the default profile, `dev`: no other has a folder of another name.
        Some(profile) if profile != "debug" => {
            options.extend(["--profile".into(), profile.to_owned()]);
        }
        _ => {}
    }
    let mut target_dir = folder.parent();
    if let Some(triple) = target_dir
        .and_then(Path::file_name)
        .filter(|name| is_triple(name))
    {
        options.extend(["--target".into(), triple.to_owned()]);
        target_dir = target_dir.and_then(Path::parent);
    }
    if let Some(target_dir) = target_dir {
        options.extend(["--target-dir".into(), target_dir.into()]);
    }
    options
}

/// Such as `x86_64-unknown-linux-gnu`: this program runs, so the system is this one.
fn is_triple(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.matches('-').count() >= 2 && name.contains(&format!("-{}", env::consts::OS))
}

#[cfg(test)]
mod tests {
    use super::{FEATURES, is_of_cargo_run, layout};
    use std::ffi::OsStr;
    use std::path::Path;

    #[test]
    fn every_feature_is_passed_on() {
        let manifest: toml::Table =
            toml::from_str(include_str!("../../../../Cargo.toml")).unwrap_or_default();
        let named: Vec<&str> = manifest
            .get("features")
            .and_then(|features| features.as_table())
            .map(|features| features.keys().map(String::as_str).collect())
            .unwrap_or_default();
        assert_eq!(named, FEATURES.map(|(name, _)| name));
    }

    #[test]
    fn cargo_is_asked_as_from_a_shell_and_keeps_its_settings() {
        let is_set = |name: &str| is_of_cargo_run(OsStr::new(name));
        for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_VERSION", "CARGO"] {
            assert!(is_set(name), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "CARGO_NET_OFFLINE",
            "PATH",
        ] {
            assert!(!is_set(name), "{name}");
        }
    }

    #[test]
    fn options_lead_back_to_the_folder() {
        let options = |folder| {
            let options = layout(Path::new(folder)).into_iter();
            options
                .map(|o| o.to_string_lossy().into_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(options("/p/target/debug"), "--target-dir /p/target");
        assert_eq!(
            options("/p/target/release"),
            "--profile release --target-dir /p/target"
        );
        assert_eq!(
            options("/my-own-target/x86_64-unknown-linux-musl/small"),
            "--profile small --target x86_64-unknown-linux-musl --target-dir /my-own-target"
        );
    }
}
