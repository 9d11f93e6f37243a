//! How long files and functions are, and which files import which: `cargo test measures -- --nocapture` prints it as a
//! table. Whole lines count, with comments; tests do not.

use std::collections::{BTreeMap, BTreeSet};

use super::layers::{code_of, module, root, rust_files};

/// Lines of half of the files, and of each.
const FILE_MEDIAN_MAX: usize = 120;
const FILE_MAX: usize = 250;

/// Lines of half of the functions, and of each.
const FUNCTION_MEDIAN_MAX: usize = 8;
const FUNCTION_MAX: usize = 50;

/// A file of `src` or `cgi-bin`: its path from the project's folder on, and its lines without tests.
struct File {
    path: String,
    lines: Vec<String>,
}

/// A function, with the line it begins in.
struct Function {
    place: String,
    lines: usize,
}

fn files() -> Vec<File> {
    let mut paths = rust_files("src");
    paths.extend(rust_files("cgi-bin"));
    let all: Vec<File> = paths
        .iter()
        .map(|path| File {
            path: path
                .strip_prefix(root())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned(),
            lines: code_of(path).map(|(line, _)| line).collect(),
        })
        .collect();
    assert!(all.len() > 100, "{} files", all.len());
    all
}

/// The functions that have a body. This code is formatted: a body ends with the first brace that is indented as its
/// `fn` is.
fn functions(file: &File) -> Vec<Function> {
    let mut functions = Vec::new();
    for (at, line) in file.lines.iter().enumerate() {
        if !is_head(line) {
            continue;
        }
        let rest = &file.lines[at..];
        let signature = rest.iter().position(|line| line.ends_with(['{', '}', ';']));
        let signature = signature.unwrap();
        let end = match rest[signature].chars().last() {
            Some('{') => {
                let indent = line.len() - line.trim_start().len();
                let brace = format!("{}}}", &line[..indent]);
                rest.iter().position(|line| *line == brace).unwrap()
            }
            Some('}') => signature,
            // A trait's, without a body.
            _ => continue,
        };
        functions.push(Function {
            place: format!("{}:{}", file.path, at + 1),
            lines: end + 1,
        });
    }
    functions
}

/// Whether a line begins a function: `fn`, behind what may stand before it.
fn is_head(line: &str) -> bool {
    let before = line.split("fn ").next().unwrap_or_default();
    let mut words = before.split_whitespace();
    before.len() < line.len()
        && words.all(|word| matches!(word, "pub" | "const" | "async") || word.starts_with("pub("))
}

/// The number that `part` of a hundred are at most; 100 is the largest.
fn percentile(sorted: &[usize], part: usize) -> usize {
    sorted[(sorted.len() - 1) * part / 100]
}

/// `["auth", "throttle"]` of `src/auth/throttle.rs`, and `["store"]` of `src/store/mod.rs`.
fn path_of(file: &str) -> Vec<&str> {
    let path = file.strip_prefix("src/").unwrap();
    let path = path.strip_suffix(".rs").unwrap();
    path.split('/').filter(|part| *part != "mod").collect()
}

/// A file of the library: which module it is, what it takes, and what it hands on under its own name.
struct Module {
    file: String,
    path: Vec<String>,
    taken: Vec<Vec<String>>,
    /// `pub use` of what lies in the module. That is a door and not an import: whoever takes something through it
    /// imports the file behind it.
    handed_on: BTreeMap<String, Vec<String>>,
}

/// `a::b` and `a::c::d` of `a::{b, c::{d}}`.
fn leaves(tree: &str) -> Vec<String> {
    let Some((head, rest)) = tree.split_once('{') else {
        let leaf = tree.split(" as ").next().unwrap().trim();
        return vec![leaf.to_owned()];
    };
    let body = rest.trim_end().strip_suffix('}').unwrap();
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for c in body.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(c);
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    let all = parts.iter().flat_map(|part| leaves(part.trim()));
    all.map(|leaf| format!("{}{leaf}", head.trim())).collect()
}

/// A path from the crate on, where it stands in the module `own`; `None` for one that leads to another crate.
fn absolute(own: &[String], children: &[&str], path: &str) -> Option<Vec<String>> {
    let mut parts: Vec<&str> = path.split("::").collect();
    let mut from = match parts[0] {
        "crate" => Vec::new(),
        "super" | "self" => own.to_vec(),
        child if children.contains(&child) => own.to_vec(),
        _ => return None,
    };
    while let Some(first @ ("crate" | "super" | "self")) = parts.first().copied() {
        if first == "super" {
            from.pop();
        }
        parts.remove(0);
    }
    parts.retain(|part| !matches!(*part, "self" | ""));
    from.extend(parts.into_iter().map(str::to_owned));
    Some(from)
}

/// Reads what a file takes and hands on, in `use` and where it names a path elsewhere.
fn read(file: &File, children: &[&str]) -> Module {
    let path = path_of(&file.path);
    let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
    let (mut taken, mut handed_on) = (Vec::new(), BTreeMap::new());
    let mut lines = file.lines.iter().map(|line| line.trim());
    while let Some(line) = lines.next() {
        if line.starts_with("//") {
            continue;
        }
        let Some((before, tree)) = line
            .split_once("use ")
            .filter(|(before, _)| is_visibility(before))
        else {
            let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
            let words = line
                .split(|c| !is_path(c))
                .filter(|word| word.contains("::"));
            taken.extend(words.filter_map(|word| absolute(&path, children, word)));
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.ends_with(';') {
            tree += lines.next().unwrap();
        }
        for leaf in leaves(tree.trim_end_matches(';')) {
            let Some(whole) = absolute(&path, children, &leaf) else {
                continue;
            };
            if !before.is_empty() && whole.starts_with(&path) {
                handed_on.insert(whole.last().unwrap().clone(), whole);
            } else {
                taken.push(whole);
            }
        }
    }
    Module {
        file: file.path.clone(),
        path,
        taken,
        handed_on,
    }
}

fn is_visibility(before: &str) -> bool {
    before.is_empty() || before == "pub " || (before.starts_with("pub(") && before.ends_with(") "))
}

/// The file that a path leads to.
fn behind<'a>(modules: &'a [Module], path: &[String]) -> Option<&'a str> {
    let is_above = |module: &&Module| !module.path.is_empty() && path.starts_with(&module.path);
    let module = modules
        .iter()
        .filter(is_above)
        .max_by_key(|module| module.path.len())?;
    let further = path
        .get(module.path.len())
        .and_then(|item| module.handed_on.get(item));
    match further {
        Some(further) if further != path => behind(modules, further),
        _ => Some(&module.file),
    }
}

/// Which file of the library imports which.
fn imports(files: &[File]) -> BTreeSet<(String, String)> {
    let library = |file: &&File| {
        let path = file.path.as_str();
        path.starts_with("src/") && !path.starts_with("src/bin/") && path != "src/lib.rs"
    };
    let library: Vec<&File> = files.iter().filter(library).collect();
    let paths: Vec<Vec<&str>> = library.iter().map(|file| path_of(&file.path)).collect();
    let modules: Vec<Module> = library
        .iter()
        .zip(&paths)
        .map(|(file, own)| {
            let below = paths
                .iter()
                .filter(|path| path.len() == own.len() + 1 && path.starts_with(own));
            let children: Vec<&str> = below.map(|path| path[own.len()]).collect();
            read(file, &children)
        })
        .collect();
    let mut edges = BTreeSet::new();
    for module in &modules {
        for path in &module.taken {
            if let Some(to) = behind(&modules, path).filter(|to| *to != module.file) {
                edges.insert((module.file.clone(), to.to_owned()));
            }
        }
    }
    edges
}

/// A line of the table: what is measured, how much it is, and how much it may be.
fn row(what: &str, measured: &str, limit: &str) {
    eprintln!("| {what:<44} | {measured:>12} | {limit:>12} |");
}

#[test]
fn files_and_functions_stay_short() {
    let files = files();
    let mut lines: Vec<usize> = files.iter().map(|file| file.lines.len()).collect();
    let functions: Vec<Function> = files.iter().flat_map(functions).collect();
    let mut bodies: Vec<usize> = functions.iter().map(|function| function.lines).collect();
    lines.sort_unstable();
    bodies.sort_unstable();
    let [file_median, file_max] = [50, 100].map(|part| percentile(&lines, part));
    let [median, p90, max] = [50, 90, 100].map(|part| percentile(&bodies, part));
    row("", "is", "at most");
    let (file_limit, limit) = (
        format!("{FILE_MEDIAN_MAX} / {FILE_MAX}"),
        format!("{FUNCTION_MEDIAN_MAX} / - / {FUNCTION_MAX}"),
    );
    row(
        &format!("lines of {} files, median / max", lines.len()),
        &format!("{file_median} / {file_max}"),
        &file_limit,
    );
    row(
        &format!("lines of {} functions, median / p90 / max", bodies.len()),
        &format!("{median} / {p90} / {max}"),
        &limit,
    );
    let long_files = files.iter().filter(|file| file.lines.len() > FILE_MAX);
    let long_files = long_files.map(|file| format!("{}: {} lines", file.path, file.lines.len()));
    let long_functions = functions
        .iter()
        .filter(|function| function.lines > FUNCTION_MAX);
    let long_functions = long_functions
        .map(|function| format!("{}: a function of {} lines", function.place, function.lines));
    let long: Vec<String> = long_files.chain(long_functions).collect();
    assert!(long.is_empty(), "too long:\n{}", long.join("\n"));
    assert!(
        file_median <= FILE_MEDIAN_MAX,
        "half of the files have over {file_median} lines"
    );
    assert!(
        median <= FUNCTION_MEDIAN_MAX,
        "half of the functions have over {median} lines"
    );
}

/// `layers.rs` says which way is up; it fails by line where an import goes there.
#[test]
fn no_two_files_import_each_other() {
    let files = files();
    let edges = imports(&files);
    let both = |pair: &&(String, String)| {
        pair.0 < pair.1 && edges.contains(&(pair.1.clone(), pair.0.clone()))
    };
    let pairs: Vec<String> = edges
        .iter()
        .filter(both)
        .map(|(from, to)| format!("{from} and {to}"))
        .collect();
    let between = edges.iter().filter(|(from, to)| module(from) != module(to));
    row(
        "imports of one file by another",
        &edges.len().to_string(),
        "-",
    );
    row(
        "of these, from module to module",
        &between.count().to_string(),
        "-",
    );
    row(
        "pairs of files that import each other",
        &pairs.len().to_string(),
        "0",
    );
    assert!(edges.len() > 100, "{} imports", edges.len());
    assert!(
        pairs.is_empty(),
        "they import each other:\n{}",
        pairs.join("\n")
    );
}
