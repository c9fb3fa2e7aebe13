//! Which rules are in force: chosen by name, alias, area or glob.

use std::path::Path;

use globset::{Glob, GlobMatcher};
use vansire_finding::RuleMetadata;
use vansire_flow::FlowRule;
use vansire_rules::bandit::{TESTS, Test};

use crate::exclude::Exclude;
use crate::{Error, Pattern, Preset, bandit, suggest};

/// Stands for every rule.
const ALL: &str = "ALL";

/// A word that chooses rules: `sql-injection`, `B608`, `injection`, `flask-*`, `ALL`.
#[derive(Clone, Debug)]
pub enum Selector {
    All,
    /// A name, an alias or an area.
    Word(String),
    Glob(GlobMatcher),
}

impl Selector {
    /// Reads a selector, whether or not any rule answers to it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.eq_ignore_ascii_case(ALL) {
            return Ok(Self::All);
        }
        if !text.contains(['*', '?', '[', '{']) {
            return Ok(Self::Word(text.to_owned()));
        }
        let glob = Glob::new(text)
            .map_err(|error| Error::new(format!("`{text}` is not a valid pattern: {}", error.kind())))?;
        Ok(Self::Glob(glob.compile_matcher()))
    }

    /// Whether it chooses a finding: one that is a test of Bandit's answers to that test alone, among them.
    pub fn selects_finding(&self, rule: &RuleMetadata, code: Option<&str>) -> bool {
        let Some(code) = code else { return self.selects(rule) };
        match self {
            Self::Word(word) => match bandit::test_of_word(word) {
                Some(test) => test.id == code,
                None => self.selects(rule),
            },
            Self::Glob(glob) => {
                glob.is_match(code) || rule.area == glob.glob().glob() || glob.is_match(rule.name)
            }
            Self::All => true,
        }
    }

    pub fn selects(&self, rule: &RuleMetadata) -> bool {
        let mut names = std::iter::once(rule.name).chain(rule.aliases.iter().copied());
        match self {
            Self::All => true,
            Self::Word(word) => rule.area == word || names.any(|name| name.eq_ignore_ascii_case(word)),
            Self::Glob(glob) => names.any(|name| glob.is_match(name)),
        }
    }
}

/// Reads a selector that must choose at least one rule.
pub fn selector(text: &str) -> Result<Selector, Error> {
    let selector = Selector::parse(text.trim())?;
    let rules = vansire_rules::rules();
    let is_test = |word: &str| bandit::test_of_word(word).is_some();
    if rules.iter().any(|rule| selector.selects(rule.metadata))
        || matches!(&selector, Selector::Word(word) if is_test(word) || vansire_rules::bandit::removed(word).is_some())
    {
        return Ok(selector);
    }
    let words = rules.iter().flat_map(|rule| {
        let metadata = rule.metadata;
        [metadata.name, metadata.area].into_iter().chain(metadata.aliases.iter().copied())
    });
    Err(Error::new(format!("no rule is called `{text}`")).with_hint(
        suggest::hint(text, words).unwrap_or_else(|| "`vansire rules` lists the rules".to_owned()),
    ))
}

/// The rules that are in force.
#[derive(Debug)]
pub struct Selection {
    select: Vec<Selector>,
    ignore: Vec<Selector>,
}

impl Selection {
    /// Without `select`, every rule; what is ignored is out, whoever selects it.
    pub fn new(
        select: Option<&[String]>,
        extend_select: &[String],
        ignore: &[String],
    ) -> Result<Self, Error> {
        let read = |words: &[String]| words.iter().map(|word| selector(word)).collect::<Result<Vec<_>, _>>();
        let mut selected = match select {
            Some(words) => read(words)?,
            None => vec![Selector::All],
        };
        selected.extend(read(extend_select)?);
        Ok(Self { select: selected, ignore: read(ignore)? })
    }

    pub fn has(&self, rule: &RuleMetadata) -> bool {
        self.select.iter().any(|selector| selector.selects(rule))
            && !self.ignore.iter().any(|selector| selector.selects(rule))
    }

    pub fn has_finding(&self, rule: &RuleMetadata, code: Option<&str>) -> bool {
        self.select.iter().any(|selector| selector.selects_finding(rule, code))
            && !self.ignore.iter().any(|selector| selector.selects_finding(rule, code))
    }

    /// Whether one of Bandit's tests was asked for that no rule of the analysis stands for.
    pub fn wants(&self, test: &Test) -> bool {
        let names_it = |selector: &Selector| match selector {
            Selector::Word(word) => bandit::test_of_word(word).is_some_and(|named| named.id == test.id),
            _ => false,
        };
        let mut same = vansire_rules::rules().iter().filter(|rule| rule.metadata.aliases.contains(&test.id));
        let is_guess = same.all(|rule| vansire_rules::is_guess(rule.metadata));
        let names_rule = |selector: &Selector| match selector {
            Selector::Word(word) => word == test.rule && is_guess,
            _ => false,
        };
        self.select.iter().any(|selector| (is_guess && names_it(selector)) || names_rule(selector))
    }

    /// The rules in force of those that look for themselves: what only guesses is among them where `guesses` are asked
    /// for, or where somebody has named it.
    pub fn rules_to_run(&self, guesses: bool) -> Vec<&'static FlowRule> {
        let is_named = |rule: &RuleMetadata| {
            self.select.iter().any(|selector| match selector {
                Selector::All => false,
                Selector::Word(word) => *word != rule.area && selector.selects(rule),
                Selector::Glob(_) => selector.selects(rule),
            })
        };
        let mut rules = self.rules();
        rules.retain(|rule| guesses || !vansire_rules::is_guess(rule.metadata) || is_named(rule.metadata));
        rules
    }

    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.ignore.is_empty() && self.select.iter().any(|selector| matches!(selector, Selector::All))
    }

    /// Whether a run looks for something that a word names.
    pub fn looks_for(&self, selector: &Selector, preset: Preset) -> bool {
        let by_rule = preset != Preset::Bandit
            && self
                .rules_to_run(preset == Preset::Audit)
                .into_iter()
                .any(|rule| selector.selects(rule.metadata));
        by_rule
            || TESTS.iter().any(|test| {
                vansire_rules::rule(test.rule).is_some_and(|rule| {
                    selector.selects_finding(rule.metadata, Some(test.id))
                        && self.has_finding(rule.metadata, Some(test.id))
                        && (preset != Preset::Default || self.wants(test))
                })
            })
    }

    /// The rules in force, by name.
    pub fn rules(&self) -> Vec<&'static FlowRule> {
        let mut rules: Vec<&'static FlowRule> =
            vansire_rules::rules().iter().copied().filter(|rule| self.has(rule.metadata)).collect();
        rules.sort_by_key(|rule| rule.metadata.name);
        rules
    }
}

/// Files, and what doesn't count there.
#[derive(Debug)]
struct Row {
    files: Exclude,
    /// All files but those: `"!src/**"`.
    others: bool,
    selectors: Vec<Selector>,
}

/// Rules that don't count in some of the files.
#[derive(Debug, Default)]
pub struct PerFile {
    rows: Vec<Row>,
}

impl PerFile {
    pub fn new(rows: &[(Pattern, Vec<String>)]) -> Result<Self, Error> {
        let row = |(pattern, words): &(Pattern, Vec<String>)| {
            let (glob, others) = match pattern.glob.strip_prefix('!') {
                Some(glob) => (glob, true),
                None => (pattern.glob.as_str(), false),
            };
            let pattern = Pattern { glob: glob.to_owned(), base: pattern.base.clone() };
            let files = Exclude::new(Some(std::slice::from_ref(&pattern)), &[])?;
            let selectors = words.iter().map(|word| selector(word)).collect::<Result<_, _>>()?;
            Ok(Row { files, others, selectors })
        };
        Ok(Self { rows: rows.iter().map(row).collect::<Result<_, Error>>()? })
    }

    /// Whether a finding in this file counts; the path is absolute.
    pub fn has(&self, path: &Path, rule: &RuleMetadata, code: Option<&str>) -> bool {
        !self.rows.iter().any(|row| {
            row.selectors.iter().any(|selector| selector.selects_finding(rule, code))
                && path.ancestors().any(|path| row.files.by_pattern(path)) != row.others
        })
    }
}

#[cfg(test)]
mod tests {
    use vansire_finding::{RuleMetadata, Severity};

    use std::path::Path;

    use super::{PerFile, Selector};
    use crate::Pattern;

    static RULE: RuleMetadata = RuleMetadata {
        name: "flask-debug-enabled",
        summary: "",
        severity: Severity::High,
        cwe: 489,
        owasp: "A05:2021",
        area: "configuration",
        aliases: &["B201", "S201"],
        page: "",
    };

    #[test]
    fn files_with_rules_of_their_own() {
        let pattern = |glob: &str| Pattern { glob: glob.to_owned(), base: "/p".into() };
        let rows = [(pattern("tests/**"), vec!["B201".to_owned()]), (pattern("old"), vec!["ALL".to_owned()])];
        let per_file = PerFile::new(&rows).unwrap();
        let has = |path: &str, code| per_file.has(Path::new(path), &RULE, code);
        assert!(!has("/p/tests/a/b.py", None));
        assert!(!has("/p/tests/a.py", Some("B201")));
        assert!(has("/p/tests/a.py", Some("B101")));
        assert!(has("/p/src/tests.py", None));
        assert!(!has("/p/src/old/a.py", None), "everything in a folder of that name");
        let rows = [(pattern("!src/**"), vec!["all".to_owned()])];
        let per_file = PerFile::new(&rows).unwrap();
        assert!(per_file.has(Path::new("/p/src/a.py"), &RULE, None));
        assert!(!per_file.has(Path::new("/p/tests/a.py"), &RULE, None), "everywhere else");
        assert!(PerFile::new(&[(pattern("a"), vec!["no-such-rule".to_owned()])]).is_err());
    }

    #[test]
    fn by_name_alias_area_and_glob() {
        for word in ["flask-debug-enabled", "B201", "s201", "configuration", "flask-*", "S2*", "ALL"] {
            assert!(Selector::parse(word).unwrap().selects(&RULE), "{word}");
        }
        for word in ["flask", "B20", "django-*", "injection"] {
            assert!(!Selector::parse(word).unwrap().selects(&RULE), "{word}");
        }
        assert!(Selector::parse("flask-[").is_err());
    }
}
