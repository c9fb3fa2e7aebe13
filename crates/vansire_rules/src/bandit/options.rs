//! Settings of single tests, as Bandit's configuration has them: by section and key, with Bandit's own names.
//!
//! A section that is there stands in place of what holds otherwise, as a whole: a key that it leaves out is not replaced
//! by the usual value, and the tests that need it find nothing. That is Bandit's behaviour.

use std::collections::BTreeMap;

use super::crypto;
use super::processes;
use super::strings;

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    List(Vec<String>),
    Switch(bool),
    Number(i64),
}

/// Settings by section and key.
pub type Sections = BTreeMap<String, BTreeMap<String, Setting>>;

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    List,
    Switch,
    Number,
}

impl Form {
    /// In words, for what is said of a wrong one.
    pub fn describe(self) -> &'static str {
        match self {
            Self::List => "a list of strings",
            Self::Switch => "`true` or `false`",
            Self::Number => "a number",
        }
    }
}

/// Every section of Bandit 1.9 with its keys.
pub const SECTIONS: [(&str, &[(&str, Form)]); 8] = [
    ("assert_used", &[("skips", Form::List)]),
    ("hardcoded_tmp_directory", &[("tmp_dirs", Form::List)]),
    ("markupsafe_xss", &[("allowed_calls", Form::List), ("extend_markup_names", Form::List)]),
    ("shell_injection", &[("no_shell", Form::List), ("shell", Form::List), ("subprocess", Form::List)]),
    ("ssl_with_bad_version", &[("bad_protocol_versions", Form::List)]),
    ("try_except_continue", &[("check_typed_exception", Form::Switch)]),
    ("try_except_pass", &[("check_typed_exception", Form::Switch)]),
    (
        "weak_cryptographic_key",
        &[
            ("weak_key_size_dsa_high", Form::Number),
            ("weak_key_size_dsa_medium", Form::Number),
            ("weak_key_size_ec_high", Form::Number),
            ("weak_key_size_ec_medium", Form::Number),
            ("weak_key_size_rsa_high", Form::Number),
            ("weak_key_size_rsa_medium", Form::Number),
        ],
    ),
];

/// The keys of a section, if Bandit has it.
pub fn section(name: &str) -> Option<&'static [(&'static str, Form)]> {
    SECTIONS.iter().find(|(one, _)| *one == name).map(|(_, keys)| *keys)
}

/// Below which sizes a key is weak.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub high: i64,
    pub medium: i64,
}

/// What the tests are told. What is `None` keeps the tests that need it silent.
#[derive(Clone, Debug)]
pub struct Options {
    /// Patterns of paths in which `assert` is fine.
    assert_skips: Vec<String>,
    pub(super) temporary_folders: Vec<String>,
    pub(super) markup_names: Vec<String>,
    pub(super) allowed_calls: Vec<String>,
    pub(super) subprocess: Option<Vec<String>>,
    pub(super) shell: Option<Vec<String>>,
    pub(super) no_shell: Option<Vec<String>>,
    pub(super) old_protocols: Vec<String>,
    /// Whether handlers of a certain exception count as well.
    pub(super) typed_pass: Option<bool>,
    pub(super) typed_continue: Option<bool>,
    /// Of DSA, RSA and elliptic curves.
    pub(super) key_sizes: Option<[Sizes; 3]>,
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

impl Default for Options {
    fn default() -> Self {
        let sizes = |high, medium| Sizes { high, medium };
        Self {
            assert_skips: Vec::new(),
            temporary_folders: owned(&strings::TEMPORARY_FOLDERS),
            markup_names: Vec::new(),
            allowed_calls: Vec::new(),
            subprocess: Some(owned(&processes::SUBPROCESS)),
            shell: Some(owned(&processes::SHELL)),
            no_shell: Some(owned(&processes::NO_SHELL)),
            old_protocols: owned(&crypto::OLD_PROTOCOLS),
            typed_pass: Some(false),
            typed_continue: Some(false),
            key_sizes: Some([sizes(1024, 2048), sizes(1024, 2048), sizes(160, 224)]),
        }
    }
}

impl Options {
    /// Reads sections; those that Bandit doesn't have, and values of another form, don't count.
    pub fn of(sections: &Sections) -> Self {
        let mut options = Self::default();
        for (name, keys) in sections {
            let list = |key: &str| match keys.get(key) {
                Some(Setting::List(items)) => Some(items.clone()),
                _ => None,
            };
            let switch = |key: &str| match keys.get(key) {
                Some(Setting::Switch(on)) => Some(*on),
                _ => None,
            };
            let sizes = |kind: &str| {
                let number = |level: &str| match keys.get(&format!("weak_key_size_{kind}_{level}")) {
                    Some(Setting::Number(number)) => Some(*number),
                    _ => None,
                };
                Some(Sizes { high: number("high")?, medium: number("medium")? })
            };
            match name.as_str() {
                "assert_used" => options.assert_skips = list("skips").unwrap_or_default(),
                "hardcoded_tmp_directory" => {
                    // The one section whose usual value stays where the key is left out.
                    if let Some(folders) = list("tmp_dirs") {
                        options.temporary_folders = folders;
                    }
                }
                "markupsafe_xss" => {
                    options.markup_names = list("extend_markup_names").unwrap_or_default();
                    options.allowed_calls = list("allowed_calls").unwrap_or_default();
                }
                "shell_injection" => {
                    options.subprocess = list("subprocess");
                    options.shell = list("shell");
                    options.no_shell = list("no_shell");
                }
                "ssl_with_bad_version" => {
                    options.old_protocols = list("bad_protocol_versions").unwrap_or_default();
                }
                "try_except_continue" => options.typed_continue = switch("check_typed_exception"),
                "try_except_pass" => options.typed_pass = switch("check_typed_exception"),
                "weak_cryptographic_key" => {
                    // One that is missing brings the test down for all kinds of keys.
                    let all = [sizes("dsa"), sizes("rsa"), sizes("ec")];
                    options.key_sizes = match all {
                        [Some(dsa), Some(rsa), Some(ec)] => Some([dsa, rsa, ec]),
                        _ => None,
                    };
                }
                _ => {}
            }
        }
        options
    }

    /// The last names of functions that were named, and that no test asks about otherwise.
    pub(super) fn last_names(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.subprocess, &self.shell, &self.no_shell].into_iter().flatten();
        let all = lists.chain([&self.markup_names]).flatten();
        all.map(|name| name.rsplit('.').next().unwrap_or(name))
    }

    /// Whether `assert` is fine in a file. A path is compared as Bandit sees it from the folder that it was called in.
    pub fn allows_assert(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./");
        self.assert_skips.iter().any(|pattern| {
            let pattern: Vec<char> = pattern.chars().collect();
            let matches = |path: String| matches_glob(&pattern, &path.chars().collect::<Vec<_>>());
            matches(path.to_owned()) || matches(format!("./{path}"))
        })
    }
}

/// Python's `fnmatch`, in which `*` stands for slashes, too.
fn matches_glob(pattern: &[char], text: &[char]) -> bool {
    // The last star, and what it has taken so far: when what follows doesn't fit, it takes one more.
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
                continue;
            }
            Some('?') => {
                at += 1;
                seen += 1;
                continue;
            }
            Some('[') if let Some((is_in, after)) = class(pattern, at, text[seen]) => {
                at = after;
                if is_in {
                    seen += 1;
                    continue;
                }
            }
            Some(&character) if character == text[seen] => {
                at += 1;
                seen += 1;
                continue;
            }
            _ => {}
        }
        let Some((start, taken)) = star else { return false };
        star = Some((start, taken + 1));
        (at, seen) = (start + 1, taken + 1);
    }
    pattern[at..].iter().all(|&character| character == '*')
}

/// Whether a character is in the class that a bracket opens, and where the class ends; none where it doesn't.
fn class(pattern: &[char], open: usize, character: char) -> Option<(bool, usize)> {
    let negated = pattern.get(open + 1) == Some(&'!');
    let first = open + 1 + usize::from(negated);
    // A bracket right at the beginning is one of the class.
    let end = first + 1 + pattern.get(first + 1..)?.iter().position(|&one| one == ']')?;
    let mut members = &pattern[first..end];
    let mut is_in = false;
    while let Some((&one, rest)) = members.split_first() {
        if let ['-', last, after @ ..] = rest {
            is_in |= (one..=*last).contains(&character);
            members = after;
        } else {
            is_in |= one == character;
            members = rest;
        }
    }
    Some((is_in != negated, end + 1))
}

#[cfg(test)]
mod tests {
    use super::{Options, Sections, Setting};

    #[test]
    fn patterns_of_paths() {
        let allows = |pattern: &str, path: &str| {
            let skips = Setting::List(vec![pattern.to_owned()]);
            let keys = [("skips".to_owned(), skips)].into_iter().collect();
            let sections: Sections = [("assert_used".to_owned(), keys)].into_iter().collect();
            Options::of(&sections).allows_assert(path)
        };
        for (pattern, path) in [
            ("*_test.py", "a/b_test.py"),
            ("*/test_*.py", "test_a.py"),
            ("*/tests/*", "src/tests/deep/a.py"),
            ("src/?.py", "src/a.py"),
            ("src/[a-c].py", "src/b.py"),
            ("src/[!x]*.py", "src/b.py"),
            ("*.py", "a.py"),
        ] {
            assert!(allows(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in
            [("test_*.py", "src/test_a.py"), ("*/tests/*", "tests.py"), ("src/[!b].py", "src/b.py")]
        {
            assert!(!allows(pattern, path), "{pattern} {path}");
        }
    }
}
