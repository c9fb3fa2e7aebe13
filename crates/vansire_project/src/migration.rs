//! Bandit's configuration, read to write ours: `[tool.bandit]`, `.bandit`, `bandit.yaml`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, Yaml};
use toml::de::{DeTable, DeValue};
use vansire_rules::bandit::{self, Form, Sections, Setting};

use crate::{Error, paths};

/// Where Bandit's configuration is looked for in a project.
const FILES: [&str; 4] = [".bandit", "bandit.yaml", "bandit.yml", "pyproject.toml"];

/// What stands under a key.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Switch(bool),
    Number(i64),
    List(Vec<String>),
    Table(BTreeMap<String, Node>),
}

/// Bandit's configuration, in our terms.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Migration {
    /// The file that was read.
    pub file: PathBuf,
    select: Vec<String>,
    ignore: Vec<String>,
    exclude: Vec<String>,
    /// Settings of single tests.
    sections: Sections,
    min_severity: Option<&'static str>,
    min_confidence: Option<&'static str>,
    baseline: Option<String>,
    /// What has no counterpart, as it was written.
    left_out: Vec<String>,
}

impl Migration {
    /// Reads Bandit's configuration: from `file`, or from wherever a project has it.
    pub fn find(file: Option<&Path>, folder: &Path) -> Result<Self, Error> {
        if let Some(file) = file {
            let path = folder.join(file);
            return read(&path, folder)?.ok_or_else(|| {
                let shown = paths::display(&path, folder);
                Error::new(format!("`{shown}` holds no configuration of Bandit's")).with_hint(
                    "in `pyproject.toml` it stands under `[tool.bandit]`, in an INI file under `[bandit]`",
                )
            });
        }
        for name in FILES {
            let path = folder.join(name);
            if path.is_file()
                && let Some(found) = read(&path, folder)?
            {
                return Ok(found);
            }
        }
        Err(Error::new("no configuration of Bandit's was found").with_hint(
            "`vansire init --from-bandit FILE` names one; without it `--preset bandit` is all there is to it",
        ))
    }

    fn of(file: PathBuf, table: BTreeMap<String, Node>) -> Self {
        let mut migration = Self { file, ..Self::default() };
        for (key, node) in table {
            migration.take(&key, node);
        }
        migration
    }

    fn take(&mut self, key: &str, node: Node) {
        let words = |node: &Node| match node {
            Node::List(items) => items.clone(),
            Node::Text(text) => text.split(',').map(|word| word.trim().to_owned()).collect(),
            Node::Table(_) | Node::Switch(_) | Node::Number(_) => Vec::new(),
        };
        let known = |words: Vec<String>| -> (Vec<String>, Vec<String>) {
            let (known, unknown): (Vec<_>, Vec<_>) = words
                .into_iter()
                .filter(|word| !word.is_empty())
                .partition(|word| bandit::test(word).is_some());
            (known, unknown)
        };
        match (key, &node) {
            ("tests" | "skips", Node::List(_) | Node::Text(_)) => {
                let (known, unknown) = known(words(&node));
                let list = if key == "tests" { &mut self.select } else { &mut self.ignore };
                list.extend(known);
                self.left_out
                    .extend(unknown.into_iter().map(|word| format!("{key}: {word} (no test of Bandit 1.9)")));
            }
            ("exclude_dirs" | "exclude", Node::List(_) | Node::Text(_)) => {
                self.exclude.extend(words(&node).into_iter().filter_map(|path| pattern(&path)));
            }
            (_, Node::Table(table)) if let Some(forms) = bandit::section(key) => {
                let settings = self.sections.entry(key.to_owned()).or_default();
                for (name, node) in table {
                    let form = forms.iter().find(|(one, _)| one == name).map(|(_, form)| *form);
                    match form.map(|form| (form, setting(form, node))) {
                        Some((_, Some(setting))) => {
                            settings.insert(name.clone(), setting);
                        }
                        Some((form, None)) => {
                            self.left_out.push(format!("{key}.{name} (it isn't {})", form.describe()));
                        }
                        None => self.left_out.push(format!("{key}.{name} (no setting of Bandit 1.9)")),
                    }
                }
            }
            ("level" | "severity", Node::Text(_) | Node::Number(_)) => self.min_severity = rank(&node),
            ("confidence", Node::Text(_) | Node::Number(_)) => self.min_confidence = rank(&node),
            ("baseline", Node::Text(text)) => self.baseline = Some(text.clone()),
            // Where to scan, and how to print, is said on the command line.
            (
                "targets" | "recursive" | "verbose" | "quiet" | "number" | "aggregate" | "format" | "output",
                _,
            ) => {}
            (_, Node::Table(table)) => {
                self.left_out.extend(table.keys().map(|inner| format!("{key}.{inner}")));
            }
            _ => self.left_out.push(key.to_owned()),
        }
    }

    /// Our configuration that does the same, as a file.
    pub fn render(&self, folder: &Path) -> String {
        let mut text = String::new();
        let file = paths::display(&self.file, folder);
        let _ = writeln!(text, "# Written by `vansire init --from-bandit` from {file}.");
        let _ =
            writeln!(text, "# What Bandit reports; `default` is what we recommend, `audit` is everything.");
        text.push_str("preset = \"bandit\"\n");
        for (key, list) in
            [("select", &self.select), ("ignore", &self.ignore), ("extend-exclude", &self.exclude)]
        {
            if !list.is_empty() {
                let items: Vec<String> = list.iter().map(|item| quoted(item)).collect();
                let _ = writeln!(text, "{key} = [{}]", items.join(", "));
            }
        }
        for (key, value) in [("min-severity", self.min_severity), ("min-confidence", self.min_confidence)] {
            if let Some(value) = value {
                let _ = writeln!(text, "{key} = \"{value}\"");
            }
        }
        if let Some(baseline) = &self.baseline {
            let _ = writeln!(text, "baseline = {}", quoted(baseline));
        }
        for what in &self.left_out {
            let _ = writeln!(text, "# Not carried over: {}", what.replace(['\n', '\r'], " "));
        }
        for (section, settings) in &self.sections {
            let _ = writeln!(text, "\n[bandit.{section}]");
            for (key, setting) in settings {
                let value = match setting {
                    Setting::List(items) => {
                        let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
                        format!("[{}]", items.join(", "))
                    }
                    Setting::Switch(on) => on.to_string(),
                    Setting::Number(number) => number.to_string(),
                };
                let _ = writeln!(text, "{key} = {value}");
            }
        }
        text
    }

    /// What has no counterpart.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }
}

/// A setting of this form, as far as it can be told.
fn setting(form: Form, node: &Node) -> Option<Setting> {
    match (form, node) {
        (Form::List, Node::List(items)) => Some(Setting::List(items.clone())),
        (Form::Switch, Node::Switch(on)) => Some(Setting::Switch(*on)),
        // What Python takes for true.
        (Form::Switch, Node::Number(number)) => Some(Setting::Switch(*number != 0)),
        (Form::Switch, Node::Text(text)) => Some(Setting::Switch(!text.is_empty())),
        (Form::Number, Node::Number(number)) => Some(Setting::Number(*number)),
        _ => None,
    }
}

fn rank(node: &Node) -> Option<&'static str> {
    let text = match node {
        Node::Text(text) => text.to_ascii_lowercase(),
        Node::Number(number) => number.to_string(),
        _ => return None,
    };
    match text.as_str() {
        "1" | "low" | "all" => Some("low"),
        "2" | "medium" => Some("medium"),
        "3" | "high" => Some("high"),
        _ => None,
    }
}

/// Bandit leaves out every path that has this text in it; ours compares whole names and paths.
fn pattern(path: &str) -> Option<String> {
    let path = path.trim().trim_start_matches("./").trim_matches('/');
    let path = path.strip_suffix("/*").unwrap_or(path);
    (!path.is_empty() && path != "*").then(|| path.to_owned())
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn read(path: &Path, folder: &Path) -> Result<Option<Migration>, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::file("read", path, &error))?;
    let wrong = |what: &str| Error::new(format!("`{}` can't be read: {what}", paths::display(path, folder)));
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let table = if ending == "toml" {
        let document = DeTable::parse(&text).map_err(|error| wrong(error.message()))?;
        let document = document.into_inner();
        let tool = document.get("tool").and_then(|tool| tool.get_ref().as_table());
        tool.and_then(|tool| tool.get("bandit")).and_then(|section| match of_toml(section.get_ref()) {
            Node::Table(table) => Some(table),
            _ => None,
        })
    } else if ending == "yaml" || ending == "yml" {
        let documents = Yaml::load_from_str(&text).map_err(|error| wrong(&error.to_string()))?;
        documents.first().and_then(|document| match of_yaml(document) {
            Node::Table(table) => Some(table),
            _ => None,
        })
    } else {
        ini(&text)
    };
    Ok(table.map(|table| Migration::of(path.to_owned(), table)))
}

fn of_toml(value: &DeValue<'_>) -> Node {
    match value {
        DeValue::Table(table) => Node::Table(
            table.iter().map(|(key, value)| (key.get_ref().to_string(), of_toml(value.get_ref()))).collect(),
        ),
        DeValue::Array(items) => Node::List(
            items
                .iter()
                .map(|item| item.get_ref().as_str().map_or_else(String::new, str::to_owned))
                .collect(),
        ),
        DeValue::String(text) => Node::Text(text.to_string()),
        DeValue::Boolean(value) => Node::Switch(*value),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Node::Number(number),
            Err(_) => Node::Text(number.as_str().to_owned()),
        },
        _ => Node::Text(String::new()),
    }
}

fn of_yaml(value: &Yaml<'_>) -> Node {
    let text = |value: &Yaml<'_>| value.as_str().map_or_else(String::new, str::to_owned);
    match value {
        Yaml::Mapping(mapping) => {
            Node::Table(mapping.iter().map(|(key, value)| (text(key), of_yaml(value))).collect())
        }
        Yaml::Sequence(items) => Node::List(items.iter().map(text).collect()),
        other => match (other.as_str(), other.as_integer(), other.as_bool()) {
            (Some(text), ..) => Node::Text(text.to_owned()),
            (None, Some(number), _) => Node::Number(number),
            (None, None, Some(on)) => Node::Switch(on),
            _ => Node::Text(String::new()),
        },
    }
}

/// The section `[bandit]` of an INI file. Values go on in lines that are indented.
fn ini(text: &str) -> Option<BTreeMap<String, Node>> {
    let mut table: Option<BTreeMap<String, Node>> = None;
    let mut inside = false;
    let mut last: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = section.trim() == "bandit";
            if inside {
                table.get_or_insert_default();
            }
            last = None;
            continue;
        }
        let Some(table) = table.as_mut().filter(|_| inside) else { continue };
        if line.starts_with([' ', '\t'])
            && let Some(Node::Text(value)) = last.as_ref().and_then(|key| table.get_mut(key))
        {
            value.push(',');
            value.push_str(trimmed);
            continue;
        }
        if let Some((key, value)) = trimmed.split_once(['=', ':']) {
            let key = key.trim().to_ascii_lowercase();
            table.insert(key.clone(), Node::Text(value.trim().to_owned()));
            last = Some(key);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::Migration;

    fn rendered(name: &str, text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        let text = Migration::find(None, folder.path()).unwrap().render(folder.path());
        // What is written must be understood.
        std::fs::write(folder.path().join("vansire.toml"), &text).unwrap();
        let origin = crate::configuration::Origin::Nearest(folder.path().to_owned());
        crate::configuration::load(&origin, folder.path()).unwrap();
        text.lines().skip(2).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn from_each_form() {
        let expected = "preset = \"bandit\"\nselect = [\"B201\", \"B301\"]\nignore = [\"B101\"]\n\
                        extend-exclude = [\"tests\", \"docs/old\"]";
        let toml = "[tool.bandit]\nexclude_dirs = [\"tests\", \"./docs/old/\"]\ntests = [\"B201\", \"B301\"]\n\
                    skips = [\"B101\"]\n";
        let yaml = "tests: [B201, B301]\nskips:\n  - B101\nexclude_dirs: ['tests', './docs/old/']\n";
        let ini = "[bandit]\nexclude = tests,\n  ./docs/old/\ntests = B201,B301\nskips: B101\n[other]\nskips = B102\n";
        assert_eq!(rendered("pyproject.toml", toml), expected);
        assert_eq!(rendered("bandit.yaml", yaml), expected);
        assert_eq!(rendered(".bandit", ini), expected);
    }

    #[test]
    fn settings_of_tests() {
        let yaml = "skips: [B999, assert_used]\nassert_used:\n  skips: ['*_test.py', '*/test_*.py']\n\
                    shell_injection:\n  subprocess: [a.b]\n  other: 1\ntry_except_pass:\n  \
                    check_typed_exception: true\nweak_cryptographic_key:\n  weak_key_size_rsa_high: 2048\n  \
                    weak_key_size_rsa_medium: '4096'\nprofiles:\n  a:\n    include: [B101]\n";
        assert_eq!(
            rendered("bandit.yml", yaml),
            "preset = \"bandit\"\nignore = [\"assert_used\"]\n\
             # Not carried over: profiles.a\n\
             # Not carried over: shell_injection.other (no setting of Bandit 1.9)\n\
             # Not carried over: skips: B999 (no test of Bandit 1.9)\n\
             # Not carried over: weak_cryptographic_key.weak_key_size_rsa_medium (it isn't a number)\n\n\
             [bandit.assert_used]\nskips = [\"*_test.py\", \"*/test_*.py\"]\n\n\
             [bandit.shell_injection]\nsubprocess = [\"a.b\"]\n\n\
             [bandit.try_except_pass]\ncheck_typed_exception = true\n\n\
             [bandit.weak_cryptographic_key]\nweak_key_size_rsa_high = 2048"
        );
    }

    #[test]
    fn none() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pyproject.toml"), "[tool.other]\n").unwrap();
        assert!(Migration::find(None, folder.path()).unwrap_err().message.starts_with("no configuration"));
        let named = Migration::find(Some("pyproject.toml".as_ref()), folder.path()).unwrap_err();
        assert!(named.message.contains("holds no configuration"));
    }
}
