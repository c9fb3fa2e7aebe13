//! What the project requires: the lowest Python and the lowest versions of its packages, from
//! `pyproject.toml`, requirements files, `setup.cfg`, `setup.py`, `PKG-INFO` and `Pipfile`.
//!
//! A default that became safe in some version is safe only when the project can't be installed with
//! an older one, so that the lowest version allowed is what counts. A pin counts more than a range:
//! a requirements file with pins says what is really installed, where `project.dependencies` only
//! says what would do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use pep440_rs::{Operator, VersionSpecifiers};
use pep508_rs::{Requirement, VersionOrUrl};
use toml::{Table, Value};
use vansire_flow::Versions;

/// How deep requirements files may include each other.
const MAX_INCLUDES: usize = 8;

/// The first Python that `setup.py` is taken to mean where it doesn't say which it needs: it can be installed with any.
const ANY_PYTHON: (u32, u32) = (3, 0);

/// Reads what the nearest folder that has any manifest says, from this folder up to the root of
/// the project. What can't be read says nothing.
pub fn read(folder: &Path, project_root: &Path) -> Versions {
    for ancestor in folder.ancestors() {
        let mut found = Found::default();
        if found.folder(ancestor) {
            return found.versions();
        }
        if ancestor == project_root {
            break;
        }
    }
    Versions::default()
}

/// The lowest version that something says is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    version: Vec<u32>,
    pinned: bool,
}

#[derive(Default)]
struct Found {
    python: Option<(u32, u32)>,
    packages: BTreeMap<String, Bound>,
}

impl Found {
    fn versions(self) -> Versions {
        let packages = self.packages.into_iter().map(|(name, bound)| (name, bound.version)).collect();
        Versions { python: self.python, packages }
    }

    /// Whether the folder has a manifest.
    fn folder(&mut self, folder: &Path) -> bool {
        let mut any = false;
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
        let table = |name: &str| read(name)?.parse::<Table>().ok();
        if let Some(manifest) = table("pyproject.toml") {
            any = true;
            self.pyproject(&manifest);
        }
        if let Some(manifest) = table("Pipfile") {
            any = true;
            self.pipfile(&manifest);
        }
        if let Some(text) = read("setup.cfg") {
            any |= self.setup_cfg(&text);
        }
        if let Some(text) = read("PKG-INFO") {
            any = true;
            self.package_information(&text);
        }
        if let Some(text) = read("setup.py") {
            any = true;
            self.setup_py(&text);
        }
        for path in requirements_files(folder) {
            any = true;
            self.requirements(&path, MAX_INCLUDES);
        }
        any
    }

    fn pyproject(&mut self, manifest: &Table) {
        if let Some(project) = at(manifest, &["project"]) {
            if let Some(python) = project.get("requires-python").and_then(Value::as_str) {
                self.python(python);
            }
            self.requirement_list(project.get("dependencies"));
            for list in tables(project.get("optional-dependencies")).map(|(_, list)| list) {
                self.requirement_list(Some(list));
            }
        }
        for list in tables(manifest.get("dependency-groups")).map(|(_, list)| list) {
            self.requirement_list(Some(list));
        }
        let Some(poetry) = at(manifest, &["tool", "poetry"]) else { return };
        self.poetry(poetry.get("dependencies"));
        for (_, group) in tables(poetry.get("group")) {
            self.poetry(group.get("dependencies"));
        }
        self.poetry(poetry.get("dev-dependencies"));
    }

    fn requirement_list(&mut self, list: Option<&Value>) {
        for item in list.and_then(Value::as_array).into_iter().flatten() {
            if let Some(text) = item.as_str() {
                self.requirement(text);
            }
        }
    }

    /// `name = "^1.2"`, or a table with a `version`; `python` among them.
    fn poetry(&mut self, dependencies: Option<&Value>) {
        for (name, value) in tables(dependencies) {
            let Some(bound) = version_of(value).and_then(poetry_bound) else { continue };
            if name == "python" {
                self.python_bound(&bound.version);
            } else {
                self.package(name, bound);
            }
        }
    }

    fn pipfile(&mut self, manifest: &Table) {
        for section in ["packages", "dev-packages"] {
            for (name, value) in tables(manifest.get(section)) {
                if let Some(bound) = version_of(value).and_then(bound) {
                    self.package(name, bound);
                }
            }
        }
        let requires = at(manifest, &["requires"]);
        for key in ["python_version", "python_full_version"] {
            if let Some(text) = requires.and_then(|requires| requires.get(key)).and_then(Value::as_str) {
                self.python(&format!("=={text}"));
            }
        }
    }

    /// Whether the file says anything of what is required.
    fn setup_cfg(&mut self, text: &str) -> bool {
        let mut section = "";
        let mut key = "";
        let mut any = false;
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            let continues = line.starts_with([' ', '\t']);
            let mut value = trimmed;
            if let Some(name) = trimmed.strip_prefix('[').filter(|_| !continues) {
                (section, key) = (name.trim_end_matches(']'), "");
                continue;
            }
            if !continues {
                let Some((name, rest)) = trimmed.split_once('=') else { continue };
                (key, value) = (name.trim(), rest.trim());
            }
            match (section, key) {
                ("options", "install_requires") | ("options.extras_require", _) => {
                    any = true;
                    self.requirement(value);
                }
                ("options", "python_requires") => {
                    any = true;
                    self.python(value);
                }
                _ => {}
            }
        }
        any
    }

    /// The headers that a built distribution carries.
    fn package_information(&mut self, text: &str) {
        for line in text.lines().take_while(|line| !line.is_empty()) {
            match line.split_once(": ") {
                Some(("Requires-Python", python)) => self.python(python),
                Some(("Requires-Dist", requirement)) => self.requirement(requirement),
                _ => {}
            }
        }
    }

    /// A program, of which only the plain literals behind the names of the two options are read.
    fn setup_py(&mut self, text: &str) {
        if let Some(literal) = after_option(text, "python_requires").and_then(|rest| literals(rest).next()) {
            self.python(literal);
        }
        if let Some(rest) = after_option(text, "install_requires")
            && let Some(list) = rest.trim_start().strip_prefix('[')
        {
            for literal in literals(list) {
                self.requirement(literal);
            }
        }
        if self.python.is_none() && text.contains("setup(") {
            self.python = Some(ANY_PYTHON);
        }
    }

    fn requirements(&mut self, path: &Path, includes_left: usize) {
        let Ok(text) = std::fs::read_to_string(path) else { return };
        let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
        for line in text.lines() {
            let line = line.split(" #").next().unwrap_or_default().trim();
            if let Some(option) = line.strip_prefix('-') {
                let included = ["r", "c", "-requirement", "-constraint"]
                    .iter()
                    .find_map(|name| option.strip_prefix(name))
                    .map(|rest| rest.trim_start_matches(['=', ' ', '\t']));
                if let (Some(name), Some(left)) = (included, includes_left.checked_sub(1)) {
                    self.requirements(&path.with_file_name("").join(name), left);
                }
                continue;
            }
            // Hashes and other options of a line follow its requirement.
            let requirement = line.split(" --").next().unwrap_or_default();
            if !requirement.is_empty() && !requirement.starts_with('#') {
                self.requirement(requirement);
            }
        }
    }

    fn requirement(&mut self, text: &str) {
        let Ok(requirement) = Requirement::<pep508_rs::VerbatimUrl>::from_str(text) else { return };
        if let Some(VersionOrUrl::VersionSpecifier(specifiers)) = &requirement.version_or_url
            && let Some(bound) = lowest(specifiers)
        {
            self.package(requirement.name.as_ref(), bound);
        }
    }

    fn package(&mut self, name: &str, bound: Bound) {
        let name = normalize(name);
        match self.packages.get_mut(&name) {
            None => {
                self.packages.insert(name, bound);
            }
            Some(known) => {
                let better = (bound.pinned && !known.pinned)
                    || (bound.pinned == known.pinned && bound.version < known.version);
                if better {
                    *known = bound;
                }
            }
        }
    }

    fn python(&mut self, text: &str) {
        if let Some(bound) = bound(text) {
            self.python_bound(&bound.version);
        }
    }

    fn python_bound(&mut self, version: &[u32]) {
        let Some(&major) = version.first() else { return };
        let found = (major, version.get(1).copied().unwrap_or(0));
        self.python = Some(self.python.map_or(found, |known| known.min(found)));
    }
}

/// `requirements.txt`, `requirements-dev.txt`, `requirements/base.txt`, in order of their names.
fn requirements_files(folder: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
            .collect()
    };
    let mut files: Vec<PathBuf> = list(folder)
        .into_iter()
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("requirements"))
        })
        .chain(list(&folder.join("requirements")))
        .collect();
    files.sort();
    files
}

fn at<'a>(table: &'a Table, keys: &[&str]) -> Option<&'a Table> {
    keys.iter().try_fold(table, |table, key| table.get(*key)?.as_table())
}

fn tables(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    value.and_then(Value::as_table).into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn version_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("version")?.as_str())
}

/// Lower case, with `-` for any run of `-`, `_` and `.`.
fn normalize(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    for character in name.trim().chars() {
        if matches!(character, '-' | '_' | '.') {
            if !result.ends_with('-') {
                result.push('-');
            }
        } else {
            result.extend(character.to_lowercase());
        }
    }
    result
}

fn bound(text: &str) -> Option<Bound> {
    lowest(&VersionSpecifiers::from_str(text.trim()).ok()?)
}

/// The lowest version that satisfies all of these, as far as a lower bound says it. With nothing but an upper bound,
/// the newest below that: older ones would be allowed, but aren't what is installed.
fn lowest(specifiers: &VersionSpecifiers) -> Option<Bound> {
    let mut best: Option<Bound> = None;
    for specifier in specifiers.iter() {
        let pinned = match specifier.operator() {
            Operator::Equal | Operator::ExactEqual => true,
            Operator::EqualStar
            | Operator::TildeEqual
            | Operator::GreaterThan
            | Operator::GreaterThanEqual => false,
            _ => continue,
        };
        let version = specifier.version().release().iter().map(|&part| part as u32).collect();
        if pinned {
            return Some(Bound { version, pinned });
        }
        if best.as_ref().is_none_or(|best| best.version < version) {
            best = Some(Bound { version, pinned });
        }
    }
    best.or_else(|| newest(specifiers))
}

/// The newest version that upper bounds allow: of `<2.6`, whatever comes last of 2.5.
fn newest(specifiers: &VersionSpecifiers) -> Option<Bound> {
    let allowed = specifiers.iter().filter_map(|specifier| {
        let mut version: Vec<u32> = specifier.version().release().iter().map(|&part| part as u32).collect();
        match specifier.operator() {
            Operator::LessThanEqual => Some(version),
            Operator::LessThan => {
                let at = version.iter().rposition(|&part| part > 0)?;
                version.truncate(at + 1);
                version[at] -= 1;
                version.push(u32::MAX);
                Some(version)
            }
            _ => None,
        }
    });
    allowed.min().map(|version| Bound { version, pinned: false })
}

/// Poetry's own form: `^1.2`, `~1.2`, `1.2.*`, `1.2.3` (a pin), `>=1,<2`, `^1 || ^2`.
fn poetry_bound(text: &str) -> Option<Bound> {
    let alternatives = text.split("||").map(|alternative| {
        let mut best: Option<Bound> = None;
        for part in alternative.split(',').map(str::trim) {
            let found = if let Some(rest) = part.strip_prefix('^') {
                bound(&format!(">={rest}"))
            } else if let Some(rest) = part.strip_prefix('~').filter(|rest| !rest.starts_with('=')) {
                bound(&format!(">={rest}"))
            } else if part.starts_with(|character: char| character.is_ascii_digit()) {
                bound(&format!("=={part}"))
            } else {
                bound(part)
            };
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| best.version < found.version)
            {
                best = Some(found);
            }
        }
        best
    });
    // An alternative without a bound lets everything in.
    let all: Option<Vec<Bound>> = alternatives.collect();
    all?.into_iter().min_by(|left, right| left.version.cmp(&right.version))
}

/// What stands behind the first `name=` or `"name":` of a program.
fn after_option<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.match_indices(name).find_map(|(at, _)| {
        let rest = text[at + name.len()..].trim_start_matches(['"', '\'']).trim_start();
        rest.strip_prefix(['=', ':']).filter(|rest| !rest.starts_with('='))
    })
}

/// The string literals that a text begins with, with commas, line breaks and comments between them.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|one: char| one.is_whitespace() || one == ',' || one == '(');
            match rest.strip_prefix('#') {
                Some(comment) => rest = comment.split_once('\n').map_or("", |(_, rest)| rest),
                None => break,
            }
        }
        let quote = rest.chars().next().filter(|one| matches!(one, '"' | '\''))?;
        let (literal, behind) = rest[1..].split_once(quote)?;
        rest = behind;
        Some(literal)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{bound, poetry_bound, read};

    fn versions(files: &[(&str, &str)]) -> vansire_flow::Versions {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        read(folder.path(), folder.path())
    }

    #[test]
    fn lower_bounds() {
        let version = |text: &str| bound(text).map(|bound| bound.version);
        assert_eq!(version("==1.2.3"), Some(vec![1, 2, 3]));
        assert_eq!(version(">=1.2,<2,!=1.5"), Some(vec![1, 2]));
        assert_eq!(version("~=1.4.2"), Some(vec![1, 4, 2]));
        assert_eq!(version(">1,>=1.1"), Some(vec![1, 1]));
        assert_eq!(version("==2.*"), Some(vec![2]));
        assert_eq!(version("<3"), Some(vec![2, u32::MAX]));
        assert_eq!(version("<2.0,!=1.4"), Some(vec![1, u32::MAX]));
        assert_eq!(version("<=2.5,<2.6"), Some(vec![2, 5]));
        assert_eq!(version("<0"), None);
        assert_eq!(version("*"), None);
    }

    #[test]
    fn poetry() {
        let version = |text: &str| poetry_bound(text).map(|bound| (bound.version, bound.pinned));
        assert_eq!(version("^2.0.3"), Some((vec![2, 0, 3], false)));
        assert_eq!(version("~1.2"), Some((vec![1, 2], false)));
        assert_eq!(version("1.4.0"), Some((vec![1, 4, 0], true)));
        assert_eq!(version("^3.1 || ^2.5"), Some((vec![2, 5], false)));
        assert_eq!(version("*"), None);
        assert_eq!(version("<2 || ^3"), Some((vec![1, u32::MAX], false)));
    }

    #[test]
    fn manifests() {
        let found = versions(&[
            (
                "pyproject.toml",
                "[project]\nrequires-python = '>=3.9'\ndependencies = ['Flask_Login>=0.6', 'lxml', 'requests[socks]>=2.1; python_version > \"3\"']\n\
                 [dependency-groups]\ndev = ['pytest>=8', {include-group = 'x'}]\n",
            ),
            (
                "requirements.txt",
                "-r more.txt\nflask.login==0.6.3 --hash=sha256:00 \\\n  --hash=sha256:01\n# none\nPyYAML == 5.1  # old\n./local\n",
            ),
            ("more.txt", "-r requirements.txt\ndjango~=4.2.1\n"),
            (
                "setup.cfg",
                "[options]\npython_requires = >=3.8\ninstall_requires =\n    aiohttp>=3.8\n    lxml<5\n",
            ),
            ("Pipfile", "[packages]\nredis = '==4.0'\nany = '*'\nmore = {version = '>=2'}\n"),
        ]);
        assert_eq!(found.python, Some((3, 8)));
        let packages: Vec<(&str, &[u32])> =
            found.packages.iter().map(|(name, version)| (name.as_str(), version.as_slice())).collect();
        assert_eq!(
            packages,
            [
                ("aiohttp", &[3, 8][..]),
                ("django", &[4, 2, 1]),
                ("flask-login", &[0, 6, 3]),
                ("lxml", &[4, u32::MAX]),
                ("more", &[2]),
                ("pytest", &[8]),
                ("pyyaml", &[5, 1]),
                ("redis", &[4, 0]),
                ("requests", &[2, 1]),
            ]
        );
    }

    #[test]
    fn setup_py_and_package_information() {
        let found = versions(&[(
            "setup.py",
            "from setuptools import setup\nrequires = []\nsetup(\n  name='x',\n  python_requires='>=3.7',\n\
             install_requires=[\n 'lxml>=4.2',  # parsing\n \"PyYAML>=5\",\n ],\n)\n",
        )]);
        assert_eq!(found.python, Some((3, 7)));
        assert_eq!(found.packages.get("lxml"), Some(&vec![4, 2]));
        assert_eq!(found.packages.get("pyyaml"), Some(&vec![5]));
        let found = versions(&[("setup.py", "from setuptools import setup\nsetup(name='x')\n")]);
        assert_eq!(found.python, Some((3, 0)));
        let found = versions(&[
            ("setup.py", "from setuptools import setup\nsetup()\n"),
            ("PKG-INFO", "Name: x\nRequires-Python: >=3.9\nRequires-Dist: lxml>=5\n\nRequires-Python: >=2\n"),
        ]);
        assert_eq!(found.python, Some((3, 9)));
        assert_eq!(found.packages.get("lxml"), Some(&vec![5]));
    }

    #[test]
    fn the_nearest_manifest_within_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("src/app");
        fs::create_dir_all(&inner).unwrap();
        fs::write(folder.path().join("requirements.txt"), "flask==1.0\n").unwrap();
        assert_eq!(read(&inner, folder.path()).packages.len(), 1);
        assert!(read(&inner, &inner).packages.is_empty());
        assert!(read(Path::new("/nowhere/at/all"), Path::new("/nowhere")).packages.is_empty());
    }
}
