//! `cargo xtask tidy`: what ARCHITECTURE.md demands and the compiler doesn't check.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use toml::Table;

/// The crates, from the top: dependencies point down this list only.
const ORDER: [&str; 12] = [
    "vansire",
    "vansire_project",
    "vansire_report",
    "vansire_rules",
    "vansire_deps",
    "vansire_secrets",
    "vansire_web",
    "vansire_runtime",
    "vansire_flow",
    "vansire_python",
    "vansire_finding",
    "vansire_allocator",
];

/// Development only: these may use anything, and only tests may use them.
const DEVELOPMENT: [&str; 2] = ["vansire_mdtest", "xtask"];

/// Scanners know nothing of each other.
const SCANNERS: [&[&str]; 5] = [
    &["vansire_rules", "vansire_flow"],
    &["vansire_deps"],
    &["vansire_secrets"],
    &["vansire_web"],
    &["vansire_runtime"],
];

/// No files, network, processes, clocks or environment.
const PURE: [&str; 5] =
    ["vansire_finding", "vansire_python", "vansire_flow", "vansire_rules", "vansire_report"];

/// Names of the standard library that a pure crate doesn't use: modules of `std`, and functions.
const IMPURE_MODULES: [&str; 4] = ["fs", "net", "process", "env"];
const IMPURE_WORDS: [&str; 2] = ["SystemTime", "Instant::now"];

/// Past this a file is split where its subjects part.
const MAX_LINES: usize = 800;

/// The sections of a rule's page, in order.
const SECTIONS: [&str; 6] =
    ["What it finds", "Why it matters", "Example", "Use instead", "Limits", "References"];

// In two pieces, so that this file doesn't contain them.
const UNFINISHED: [&str; 2] = [concat!("to", "do!"), concat!("unimpl", "emented!")];
pub fn run() -> anyhow::Result<()> {
    let complaints = complaints(&crate::workspace())?;
    for complaint in &complaints {
        println!("{complaint}");
    }
    if complaints.is_empty() {
        println!("tidy");
        return Ok(());
    }
    bail!("{} complaints", complaints.len())
}

fn complaints(workspace: &Path) -> anyhow::Result<Vec<String>> {
    let mut complaints = Vec::new();
    let crates = workspace.join("crates");
    let limits = read(&workspace.join("docs/limits.md"))?;
    for folder in entries(&crates)?.into_iter().filter(|path| path.join("Cargo.toml").is_file()) {
        let manifest: Table = read(&folder.join("Cargo.toml"))?.parse()?;
        let name = manifest["package"]["name"].as_str().unwrap_or_default();
        complaints.extend(dependencies(name, &manifest));
        for file in files(&folder.join("src"), "rs")? {
            let shown = file.strip_prefix(workspace).unwrap_or(&file).display().to_string();
            let text = read(&file)?;
            complaints.extend(source(name, &shown, &text));
            complaints.extend(bounds(&shown, &text, &limits));
        }
    }
    let rules = crates.join("vansire_rules/src/rules");
    for page in files(&rules, "md")? {
        let shown = page.strip_prefix(workspace).unwrap_or(&page).display().to_string();
        let stem = page.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        complaints.extend(rule_page(&shown, &stem, &read(&page)?));
        if !page.with_file_name(format!("{}.rs", stem.replace('-', "_"))).is_file() {
            complaints.push(format!("{shown}: there is no rule beside this page"));
        }
    }
    complaints.extend(machine_paths(workspace)?);
    Ok(complaints)
}

/// Bounds of the engine that `docs/limits.md` doesn't tell, or tells with another value.
fn bounds(shown: &str, text: &str, limits: &str) -> Vec<String> {
    if !shown.starts_with("crates/vansire_flow/") && !shown.starts_with("crates/vansire_python/") {
        return Vec::new();
    }
    text.lines()
        .filter_map(|line| {
            let (_, declaration) = line.split_once("const MAXIMUM_")?;
            let (name, rest) = declaration.split_once(": ")?;
            let value = rest.split_once(" = ")?.1.strip_suffix(';')?;
            let row = format!("| `MAXIMUM_{name}` | `{value}` |");
            (!limits.contains(&row)).then(|| format!("{shown}: docs/limits.md has no line `{row} …`"))
        })
        .collect()
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = std::fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn files(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut result = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            result.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|found| found == extension) {
            result.push(path);
        }
    }
    Ok(result)
}

/// What a crate may not depend on.
fn dependencies(name: &str, manifest: &Table) -> Vec<String> {
    let mut complaints = Vec::new();
    if DEVELOPMENT.contains(&name) {
        return complaints;
    }
    let Some(place) = ORDER.iter().position(|other| *other == name) else {
        return vec![format!("{name}: a crate that the architecture doesn't know")];
    };
    let own_scanner = SCANNERS.iter().find(|scanner| scanner.contains(&name));
    for dependency in manifest.get("dependencies").and_then(|table| table.as_table()).into_iter().flatten() {
        let dependency = dependency.0.as_str();
        if dependency.starts_with("ruff_") && name != "vansire_python" {
            complaints.push(format!("{name}: only vansire_python may name {dependency}"));
        }
        if DEVELOPMENT.contains(&dependency) {
            complaints.push(format!("{name}: only tests may use {dependency}"));
        }
        let Some(other) = ORDER.iter().position(|other| *other == dependency) else { continue };
        if other <= place {
            complaints.push(format!("{name}: depends on {dependency}, which stands above it"));
        }
        if own_scanner.is_some_and(|own| {
            !own.contains(&dependency) && SCANNERS.iter().any(|scanner| scanner.contains(&dependency))
        }) {
            complaints.push(format!("{name}: depends on another scanner, {dependency}"));
        }
        if dependency == "vansire_flow" && name == "vansire_report" {
            complaints.push(format!("{name}: a format knows no scanner, but it depends on {dependency}"));
        }
    }
    complaints
}

/// What a source file may not contain.
fn source(crate_name: &str, shown: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        complaints.push(format!("{shown}: {lines} lines, more than {MAX_LINES}"));
    }
    let code: String = text
        .split("#[cfg(test)]\nmod ")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    for word in UNFINISHED {
        if code.contains(word) {
            complaints.push(format!("{shown}: contains `{word}`"));
        }
    }
    if PURE.contains(&crate_name) {
        for module in IMPURE_MODULES.iter().filter(|module| uses(&code, module)) {
            complaints.push(format!("{shown}: {crate_name} is pure, but uses std::{module}"));
        }
        for word in IMPURE_WORDS.iter().filter(|word| code.contains(**word)) {
            complaints.push(format!("{shown}: {crate_name} is pure, but uses {word}"));
        }
    }
    complaints
}

/// Whether code names a module of the standard library: `std::fs::…`, `use std::{fs, io};`
fn uses(code: &str, module: &str) -> bool {
    code.match_indices("std::").any(|(at, found)| {
        let rest = &code[at + found.len()..];
        let names = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default(),
            None => rest
                .split(|character: char| !character.is_alphanumeric() && character != '_')
                .next()
                .unwrap_or_default(),
        };
        names.split(',').any(|name| name.trim().split("::").next() == Some(module))
    })
}

fn rule_page(shown: &str, stem: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if text.lines().next() != Some(format!("# {stem}").as_str()) {
        complaints.push(format!("{shown}: the first line is not `# {stem}`"));
    }
    let mut in_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if !in_code && let Some(title) = line.strip_prefix("## ") {
            found.push(title.trim());
        }
    }
    if found != SECTIONS {
        complaints.push(format!("{shown}: the sections are {found:?}, not {SECTIONS:?}"));
    }
    complaints
}

/// Paths of somebody's machine in files that everybody gets.
fn machine_paths(workspace: &Path) -> anyhow::Result<Vec<String>> {
    let Ok(listed) = Command::new("git").arg("-C").arg(workspace).args(["ls-files", "-z"]).output() else {
        println!("skipped: the search for machine paths needs git");
        return Ok(Vec::new());
    };
    // Where the tree itself stands here, and the home of whoever runs this.
    let own = workspace.parent().filter(|parent| parent.parent().is_some());
    let home = std::env::home_dir().map(|home| home.join(".cargo"));
    let paths: Vec<String> = own
        .into_iter()
        .chain(home.as_deref())
        .map(|path| format!("{}{}", path.display(), std::path::MAIN_SEPARATOR))
        .collect();
    let mut found = BTreeMap::new();
    for name in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|name| !name.is_empty()) {
        // A file may be deleted and not yet committed.
        let Ok(bytes) = std::fs::read(workspace.join(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        for path in paths.iter().filter(|path| text.contains(path.as_str())) {
            found.insert(name.to_owned(), path.clone());
        }
    }
    Ok(found.into_iter().map(|(name, path)| format!("{name}: contains the machine path {path}")).collect())
}

#[cfg(test)]
mod tests {
    use super::{bounds, complaints, dependencies, rule_page, source, uses};

    #[test]
    fn the_tree_is_tidy() {
        let complaints = complaints(&crate::workspace()).unwrap();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }

    #[test]
    fn finds_what_is_wrong() {
        let manifest =
            "[dependencies]\nvansire_report = 1\nruff_python_ast = 1\nvansire_deps = 1\n".parse().unwrap();
        assert_eq!(dependencies("vansire_flow", &manifest).len(), 4);
        assert!(
            dependencies("vansire_project", &"[dependencies]\nvansire_flow = 1".parse().unwrap()).is_empty()
        );
        assert_eq!(dependencies("vansire_new", &"".parse().unwrap()).len(), 1);
        assert_eq!(source("vansire_flow", "a.rs", "use std::{fmt, fs};\n").len(), 1);
        assert!(
            source("vansire_flow", "a.rs", "// std::fs\n#[cfg(test)]\nmod tests { use std::fs; }").is_empty()
        );
        assert!(source("vansire_project", "a.rs", "use std::fs;").is_empty());
        assert_eq!(source("vansire", "a.rs", &"\n".repeat(801)).len(), 1);
        assert!(!uses("std::fsx::f()", "fs"));
        let limits = "| `MAXIMUM_A` | `3` | so |";
        let file = "crates/vansire_flow/src/a.rs";
        assert!(bounds(file, "pub const MAXIMUM_A: u32 = 3;", limits).is_empty());
        assert_eq!(bounds(file, "const MAXIMUM_A: u32 = 4;\nconst MAXIMUM_B: u32 = 3;", limits).len(), 2);
        assert_eq!(rule_page("p.md", "p", "# q\n## What it finds\n").len(), 2);
    }
}
