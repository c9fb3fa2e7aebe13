//! Comments that accept a finding: `# vansire: ignore[rule] -- reason`, and what Bandit and Ruff
//! understand, `# nosec` and `# noqa`.

use std::collections::BTreeMap;

use vansire_finding::{Location, RuleMetadata, Suppression};
use vansire_python::SourceFile;

use crate::comments::{self, Comments};
use crate::selection::Selector;

/// The suppressions of one file.
#[derive(Debug)]
pub struct Suppressions<'a> {
    file: &'a SourceFile,
    comments: Comments<'a>,
    /// By line of the text, in which a notebook's cells follow each other.
    directives: BTreeMap<u32, Vec<Directive>>,
}

/// What a comment accepts.
#[derive(Debug)]
struct Directive {
    /// Everything when there are none.
    selectors: Vec<Selector>,
    reason: Option<String>,
    /// Of our own form, not another tool's.
    is_own: bool,
}

impl Directive {
    fn accepts(&self, rule: &RuleMetadata, code: Option<&str>) -> bool {
        self.selectors.is_empty()
            || self.selectors.iter().any(|selector| selector.selects_finding(rule, code))
    }
}

impl<'a> Suppressions<'a> {
    /// Reads the comments of a Python file.
    pub fn of(file: &'a SourceFile) -> Self {
        let comments = comments::scan(&file.text);
        let mut directives = BTreeMap::<u32, Vec<Directive>>::new();
        for &(line, text) in &comments.comments {
            let found = parse(text);
            if !found.is_empty() {
                directives.entry(line).or_default().extend(found);
            }
        }
        Self { file, comments, directives }
    }

    /// The suppression that covers a finding: on its first or last line, or on the first or last
    /// line of the statement that it is in.
    pub fn covering(&self, location: &Location, rule: &RuleMetadata) -> Option<Suppression> {
        self.find(location, &|directive| directive.accepts(rule, None))
    }

    /// The same for a finding of one of Bandit's tests, for which other tools' comments have been read already.
    pub fn covering_test(&self, location: &Location, rule: &RuleMetadata, code: &str) -> Option<Suppression> {
        self.find(location, &|directive| directive.is_own && directive.accepts(rule, Some(code)))
    }

    fn find(&self, location: &Location, accepts: &dyn Fn(&Directive) -> bool) -> Option<Suppression> {
        if self.directives.is_empty() {
            return None;
        }
        let before = lines_before(self.file, location.cell);
        let start = location.start.line + before;
        let end = location.end.line + before;
        let (first, last) = self.comments.statement(start);
        [start, first, end, last]
            .iter()
            .filter_map(|line| self.directives.get(line))
            .flatten()
            .find(|directive| accepts(directive))
            .map(|directive| Suppression { kind: "inline", reason: directive.reason.clone() })
    }
}

/// How many lines of the text stand before a cell of a notebook; none where there is no cell.
pub fn lines_before(file: &SourceFile, cell: Option<u32>) -> u32 {
    let Some(number) = cell else { return 0 };
    let cell = file.cells().iter().find(|cell| cell.number == number);
    cell.map_or(0, |cell| file.text_line(cell.start) - 1)
}

/// The suppression in a line of a template, inside whatever kind of comment it has.
pub fn in_template_line(line: &str, rule: &RuleMetadata) -> Option<Suppression> {
    let start = line.find("vansire:")?;
    let directive = own(line[start..].trim_start_matches("vansire:"))?;
    directive.accepts(rule, None).then(|| Suppression {
        kind: "inline",
        reason: directive
            .reason
            .map(|reason| reason.trim_end_matches(['#', '}', '-', '>', '%', ' ']).to_owned()),
    })
}

/// The directives of a comment; there can be several: `# noqa: S608  # nosec`.
fn parse(comment: &str) -> Vec<Directive> {
    let mut directives = Vec::new();
    for part in comment.split('#').map(str::trim_start) {
        let lower = part.chars().take(5).collect::<String>().to_ascii_lowercase();
        if let Some(rest) = part.strip_prefix("vansire:") {
            directives.extend(own(rest));
        } else if lower.starts_with("nosec") {
            directives.extend(foreign(&part[5..], Words::Any));
        } else if lower.starts_with("noqa") {
            directives.extend(foreign(&part[4..], Words::AfterColon));
        }
    }
    directives
}

/// ` ignore[sql-injection, B608] -- reason`
fn own(text: &str) -> Option<Directive> {
    let rest = text.trim_start().strip_prefix("ignore")?;
    if rest.starts_with(|character: char| character.is_alphanumeric() || matches!(character, '-' | '_')) {
        return None;
    }
    let rest = rest.trim_start();
    let (list, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    let words: Vec<&str> = list.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    let selectors: Vec<Selector> = words.iter().filter_map(|word| Selector::parse(word).ok()).collect();
    // An empty list accepts everything, a list of nothing but mistakes nothing.
    if selectors.is_empty() && !words.is_empty() {
        return None;
    }
    let reason = rest.split_once("--").map(|(_, reason)| reason.trim()).filter(|reason| !reason.is_empty());
    Some(Directive { selectors, reason: reason.map(str::to_owned), is_own: true })
}

/// Where the codes of another tool's comment may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// `# nosec B608`, `# nosec: B608`
    Any,
    /// `# noqa: S608`: without a colon whatever follows is a remark.
    AfterColon,
}

/// The rest of `# nosec …` or `# noqa …`. Without codes, everything is accepted, as those tools do.
fn foreign(rest: &str, words: Words) -> Option<Directive> {
    if rest.starts_with(|character: char| character.is_alphanumeric() || matches!(character, '-' | '_')) {
        return None;
    }
    let trimmed = rest.trim_start();
    let list = match (trimmed.strip_prefix(':'), words) {
        (Some(list), _) => list,
        (None, Words::Any) => trimmed,
        (None, Words::AfterColon) => "",
    };
    let selectors: Vec<Selector> = list
        .split([',', ' ', '\t'])
        .filter(|word| !word.is_empty())
        // A code ends the list when it doesn't look like one: the rest is a remark.
        .map_while(|word| is_code(word).then(|| Selector::Word(word.to_owned())))
        .collect();
    Some(Directive { selectors, reason: None, is_own: false })
}

/// `B608`, `S608`, `PLR0913`, or the name of one of Vansire's rules.
fn is_code(word: &str) -> bool {
    let digits = word.trim_start_matches(|character: char| character.is_ascii_alphabetic());
    let numbered =
        digits.len() < word.len() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    numbered || vansire_rules::rules().iter().any(|rule| rule.metadata.name == word)
}

#[cfg(test)]
mod tests {
    use vansire_finding::{Location, Position, RuleMetadata, Severity};
    use vansire_python::SourceFile;

    use super::{Suppressions, in_template_line};

    static RULE: RuleMetadata = RuleMetadata {
        name: "sql-injection",
        summary: "",
        severity: Severity::High,
        cwe: 89,
        owasp: "A03:2021",
        area: "injection",
        aliases: &["B608", "S608"],
        page: "",
    };

    fn at(start: u32, end: u32) -> Location {
        Location {
            path: "a.py".to_owned(),
            start: Position { line: start, column: 1 },
            end: Position { line: end, column: 2 },
            cell: None,
        }
    }

    fn suppressed(line: &str) -> bool {
        let file = SourceFile::new("a.py", line);
        Suppressions::of(&file).covering(&at(1, 1), &RULE).is_some()
    }

    #[test]
    fn directives() {
        for comment in [
            "# vansire: ignore[sql-injection]",
            "# vansire: ignore[weak-hash, B608] -- checked",
            "#vansire:ignore[injection]",
            "# vansire: ignore[sql-*]",
            "# nosec",
            "#nosec",
            "# nosec B608,B602",
            "# nosec: B602, B608",
            "# nosec checked by hand",
            "# NOQA",
            "# noqa: S608",
            "# noqa:E501,S608",
            "# noqa: E501 S608",
            "# noqa because",
            "# type: ignore  # nosec B608",
            "# noqa: E501  # nosec",
        ] {
            assert!(suppressed(&format!("f(x)  {comment}")), "{comment}");
        }
        for comment in [
            "# vansire: ignore[weak-hash]",
            "# vansire: ignore-all",
            "# vansire: ignores",
            "# nosec B602",
            "# nosecret",
            "# noqa: E501",
            "# noqaE",
            "# see nosec",
            "",
        ] {
            assert!(!suppressed(&format!("f(x)  {comment}")), "{comment}");
        }
        assert!(!suppressed("f('# nosec')"));
    }

    #[test]
    fn on_the_lines_of_the_statement() {
        let text =
            "execute(  # nosec\n  a,\n  b,\n)\nexecute(\n  a,\n)  # nosec\nexecute(\n  a, # nosec\n  b,\n)\n";
        let file = SourceFile::new("a.py", text);
        let suppressions = Suppressions::of(&file);
        let covered = |start, end| suppressions.covering(&at(start, end), &RULE).is_some();
        assert!(covered(1, 4) && covered(3, 3) && covered(5, 5));
        assert!(covered(9, 9));
        assert!(!covered(10, 10));
    }

    #[test]
    fn reasons() {
        let file = SourceFile::new("a.py", "f(x)  # vansire: ignore[sql-injection] -- the name is checked");
        let suppression = Suppressions::of(&file).covering(&at(1, 1), &RULE).unwrap();
        assert_eq!(suppression.reason.as_deref(), Some("the name is checked"));
        let line = "{{ x|safe }} {# vansire: ignore[sql-injection] -- ours #}";
        assert_eq!(in_template_line(line, &RULE).unwrap().reason.as_deref(), Some("ours"));
        assert!(in_template_line("{{ x }}", &RULE).is_none());
    }
}
