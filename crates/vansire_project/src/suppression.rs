//! Comments that accept a finding: `# vansire: ignore[rule] -- reason`, and what other tools understand: `# nosec` of
//! Bandit, `# noqa` of Ruff and Flake8, `# nosemgrep` of Semgrep, `# pylint: disable=…` of Pylint.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use vansire_finding::{Location, RuleMetadata, Suppression};
use vansire_python::SourceFile;
use vansire_rules::bandit;

use crate::comments::{self, Comments};
use crate::pylint;
use crate::selection::{self, Selector};

/// What a project asks of such comments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// A comment without a reason accepts nothing.
    pub require_reason: bool,
    /// Comments that accept nothing are told.
    pub report_unused: bool,
}

/// Whether a run looks for what a word of a comment names; without a word, for everything there is.
pub type InForce<'a> = &'a (dyn Fn(Option<&Selector>) -> bool + Sync);

/// Whether a text can have such a comment at all: most have none, and needn't be scanned.
pub fn may_have_comments(text: &str) -> bool {
    text.contains("vansire:")
        || text.contains("nosec")
        || text.contains("nosem")
        || text.contains("noqa")
        || text.contains("NOQA")
        || text.contains("NOSEC")
        || text.contains("pylint:")
}

/// The suppressions of one file.
#[derive(Debug)]
pub struct Suppressions<'a> {
    file: &'a SourceFile,
    comments: Comments<'a>,
    /// In the order of their lines, which in a notebook count through its cells.
    directives: Vec<Directive>,
    policy: Policy,
}

/// Whose comment it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    Vansire,
    Bandit,
    Ruff,
    Semgrep,
    Pylint,
}

/// What a comment accepts.
#[derive(Debug)]
struct Directive {
    line: u32,
    /// The lines that it speaks of besides, first and last.
    lines: Option<(u32, u32)>,
    tool: Tool,
    /// Whether it speaks of the whole file.
    whole_file: bool,
    /// Everything when there are none, unless there are mistakes.
    selectors: Vec<Selector>,
    /// Words that name nothing.
    mistakes: Vec<String>,
    reason: Option<String>,
    /// Of a comment of ours: each selector as it is written.
    words: Vec<String>,
    /// Whether it has accepted something.
    used: Cell<bool>,
    /// By which of its selectors.
    used_selectors: RefCell<BTreeSet<usize>>,
}

impl Directive {
    fn new(tool: Tool) -> Self {
        Self {
            line: 0,
            lines: None,
            tool,
            whole_file: false,
            selectors: Vec::new(),
            mistakes: Vec::new(),
            reason: None,
            words: Vec::new(),
            used: Cell::new(false),
            used_selectors: RefCell::default(),
        }
    }

    fn accepts_everything(&self) -> bool {
        // A list of nothing but mistakes is none of ours; Bandit takes it for no list at all.
        self.selectors.is_empty() && (self.mistakes.is_empty() || self.tool != Tool::Vansire)
    }

    fn accepts(&self, rule: &RuleMetadata, code: Option<&str>) -> bool {
        self.accepts_everything() || self.selectors.iter().any(|one| self.selects(one, rule, code))
    }

    fn selects(&self, selector: &Selector, rule: &RuleMetadata, code: Option<&str>) -> bool {
        // `S3` stands for every code that begins so, as with Flake8.
        let begins = |word: &str| {
            word.len() > 1
                && word.ends_with(|last: char| last.is_ascii_digit())
                && rule.aliases.iter().any(|alias| {
                    alias.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
                })
        };
        selector.selects_finding(rule, code)
            || (self.tool == Tool::Ruff && matches!(selector, Selector::Word(word) if begins(word)))
    }

    fn note_use(&self, rule: &RuleMetadata, code: Option<&str>) {
        self.used.set(true);
        let selected = self.selectors.iter().enumerate().filter(|(_, one)| self.selects(one, rule, code));
        self.used_selectors.borrow_mut().extend(selected.map(|(index, _)| index));
    }

    /// What it names, of what is looked for, that is not here; none where all of it is.
    fn unused(&self, in_force: InForce<'_>) -> Option<String> {
        let nothing = "there is no such finding here";
        if self.selectors.is_empty() {
            let is_unused = !self.used.get() && in_force(None);
            return is_unused.then(|| format!("the comment accepts nothing: {nothing}"));
        }
        let used = self.used_selectors.borrow();
        let unused: Vec<usize> = (0..self.selectors.len()).filter(|index| !used.contains(index)).collect();
        if unused.is_empty() || !unused.iter().any(|&index| in_force(Some(&self.selectors[index]))) {
            return None;
        }
        if used.is_empty() && unused.iter().all(|&index| in_force(Some(&self.selectors[index]))) {
            return Some(format!("the comment accepts nothing: {nothing}"));
        }
        let named = unused.into_iter().filter(|&index| in_force(Some(&self.selectors[index])));
        let named: Vec<String> =
            named.filter_map(|index| self.words.get(index)).map(|word| format!("`{word}`")).collect();
        Some(format!("{} in the comment accepts nothing: {nothing}", named.join(", ")))
    }
}

impl<'a> Suppressions<'a> {
    /// Reads the comments of a Python file.
    pub fn of(file: &'a SourceFile, policy: Policy) -> Self {
        let comments =
            if may_have_comments(&file.text) { comments::scan(&file.text) } else { Comments::default() };
        let mut directives = Vec::new();
        for &(line, text) in &comments.comments {
            directives.extend(parse(text).into_iter().map(|directive| Directive { line, ..directive }));
            directives.extend(of_pylint(&file.text, &comments, line, text));
        }
        Self { file, comments, directives, policy }
    }

    /// The suppression that covers a finding: on a line of the finding, on any line of the statement that it is in, in
    /// the comment right above that statement, or for the whole file.
    pub fn covering(&self, location: &Location, rule: &RuleMetadata) -> Option<Suppression> {
        self.find(location, rule, None, &|_| true)
    }

    /// The same for a finding of one of Bandit's tests, for which `# nosec` has been read already.
    pub fn covering_test(&self, location: &Location, rule: &RuleMetadata, code: &str) -> Option<Suppression> {
        self.find(location, rule, Some(code), &|tool| tool == Tool::Vansire)
    }

    fn find(
        &self,
        location: &Location,
        rule: &RuleMetadata,
        code: Option<&str>,
        counts: &dyn Fn(Tool) -> bool,
    ) -> Option<Suppression> {
        if self.directives.is_empty() {
            return None;
        }
        let before = lines_before(self.file, location.cell);
        let start = location.start.line + before;
        let end = location.end.line + before;
        let (first, last) = self.comments.statement(start);
        let (first, last) = (first.min(start), last.max(end));
        let above = self.comments.block_above(first);
        let found = self.directives.iter().find(|directive| {
            let is_here = directive.whole_file
                || directive.lines.is_some_and(|(from, to)| from <= first && first <= to)
                || directive.tool != Tool::Pylint && (first..=last).contains(&directive.line)
                || (above.contains(&directive.line)
                    && matches!(directive.tool, Tool::Vansire | Tool::Semgrep));
            is_here
                && counts(directive.tool)
                && (directive.reason.is_some() || !self.policy.require_reason)
                && directive.accepts(rule, code)
        })?;
        found.note_use(rule, code);
        Some(Suppression { kind: "inline", reason: found.reason.clone() })
    }

    /// What is to be said of the comments, with the line of each, once every finding has been looked at.
    pub fn remarks(&self, in_force: InForce<'_>) -> Vec<(u32, String)> {
        let mut remarks = Vec::new();
        let mut bare = Vec::new();
        for directive in &self.directives {
            let is_own = directive.tool == Tool::Vansire;
            if is_own && !directive.mistakes.is_empty() {
                remarks.push((directive.line, mistakes(&directive.mistakes)));
            } else if self.policy.require_reason && directive.reason.is_none() && is_own {
                let message = "the comment accepts nothing: `require-reason` asks for ` -- ` and a reason";
                remarks.push((directive.line, message.to_owned()));
            } else if self.policy.report_unused && is_own {
                remarks.extend(directive.unused(in_force).map(|message| (directive.line, message)));
            }
            if directive.tool == Tool::Bandit && directive.accepts_everything() && directive.used.get() {
                bare.push(directive.line);
            }
        }
        remarks.extend(bare_comments(&bare));
        remarks
    }
}

/// What is said of `# nosec` comments that accepted something and name no test.
pub fn bare_comments(lines: &[u32]) -> Option<(u32, String)> {
    let first = *lines.first()?;
    let more = match lines.len() - 1 {
        0 => String::new(),
        1 => format!(", and so does line {}", lines[1]),
        more => format!(", and so do {more} more in this file"),
    };
    Some((first, format!("`# nosec` names no test and accepts every finding here{more}")))
}

fn mistakes(words: &[String]) -> String {
    let hints = words.iter().map(|word| {
        let hint = selection::selector(word).err().and_then(|error| error.hint);
        hint.map_or_else(
            || format!("no rule is called `{word}`"),
            |hint| format!("no rule is called `{word}`: {hint}"),
        )
    });
    hints.collect::<Vec<_>>().join("; ")
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
        let lower = part.chars().take(9).collect::<String>().to_ascii_lowercase();
        if let Some(rest) = part.strip_prefix("vansire:") {
            directives.extend(own(rest));
        } else if lower.starts_with("nosemgrep") {
            directives.extend(semgrep(&part[9..]));
        } else if lower.starts_with("nosec") {
            directives.extend(nosec(&part[5..]));
        } else if lower.starts_with("noqa") {
            directives.extend(noqa(&part[4..]));
        } else if let Some(rest) = part.strip_prefix("ruff:").or_else(|| part.strip_prefix("flake8:"))
            && let Some(rest) = rest.trim_start().strip_prefix("noqa")
        {
            directives.extend(noqa(rest).map(|directive| Directive { whole_file: true, ..directive }));
        }
    }
    directives
}

/// ` ignore[sql-injection, B608] -- reason`, ` ignore-file[weak-hash] -- reason`
fn own(text: &str) -> Option<Directive> {
    let rest = text.trim_start().strip_prefix("ignore")?;
    let (whole_file, rest) = match rest.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if goes_on(rest) {
        return None;
    }
    let rest = rest.trim_start();
    let (list, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    let mut directive = Directive { whole_file, reason: reason(rest), ..Directive::new(Tool::Vansire) };
    for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match selection::selector(word) {
            Ok(selector) => {
                directive.selectors.push(selector);
                directive.words.push(word.to_owned());
            }
            Err(_) => directive.mistakes.push(word.to_owned()),
        }
    }
    Some(directive)
}

/// Whether what follows a keyword belongs to its word: `nosecret`, `noqaE`.
fn goes_on(rest: &str) -> bool {
    rest.starts_with(|character: char| character.is_alphanumeric() || matches!(character, '-' | '_'))
}

/// What stands after ` -- `.
fn reason(text: &str) -> Option<String> {
    let (_, reason) = text.split_once("--")?;
    let reason = reason.trim();
    (!reason.is_empty()).then(|| reason.to_owned())
}

/// The rest of `# nosec …`: ids and names of tests, or of our rules. Where none is named, everything is accepted.
fn nosec(rest: &str) -> Option<Directive> {
    if goes_on(rest) {
        return None;
    }
    let rest = rest.trim_start().trim_start_matches(':');
    let list = rest.split("--").next().unwrap_or_default();
    let mut directive = Directive { reason: reason(rest), ..Directive::new(Tool::Bandit) };
    for word in list.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
        let upper = word.to_ascii_uppercase();
        if let Some(test) = bandit::test(word).or_else(|| bandit::test(&upper)) {
            directive.selectors.push(Selector::Word(test.id.to_owned()));
        } else if is_rule(word) {
            directive.selectors.push(Selector::Word(word.to_owned()));
        } else {
            directive.mistakes.push(word.to_owned());
        }
    }
    Some(directive)
}

/// The rest of `# noqa: S608`. Without a colon whatever follows is a remark, and everything is accepted.
fn noqa(rest: &str) -> Option<Directive> {
    if goes_on(rest) {
        return None;
    }
    let mut directive = Directive { reason: reason(rest), ..Directive::new(Tool::Ruff) };
    if let Some(list) = rest.trim_start().strip_prefix(':') {
        let words = list.split([',', ' ', '\t']).filter(|word| !word.is_empty());
        // A code ends the list when it doesn't look like one: the rest is a remark.
        let codes = words.map_while(|word| is_code(word).then(|| Selector::Word(word.to_owned())));
        directive.selectors = codes.collect();
    }
    Some(directive)
}

/// The rest of `# nosemgrep: some.rule`. Its rules are not ours: whatever is there was looked at.
fn semgrep(rest: &str) -> Option<Directive> {
    (!goes_on(rest)).then(|| Directive { reason: reason(rest), ..Directive::new(Tool::Semgrep) })
}

/// `# pylint: disable=exec-used`: what names no rule of ours accepts nothing.
fn of_pylint(text: &str, comments: &Comments<'_>, line: u32, comment: &str) -> Option<Directive> {
    let (next, words) = pylint::read(comment)?;
    let known = words.into_iter().filter(|word| {
        vansire_rules::rules().iter().any(|rule| {
            rule.metadata
                .aliases
                .iter()
                .chain([&rule.metadata.name])
                .any(|name| name.eq_ignore_ascii_case(word))
        })
    });
    let selectors: Vec<Selector> = known.map(|word| Selector::Word(word.to_owned())).collect();
    (!selectors.is_empty()).then(|| Directive {
        line,
        lines: Some(pylint::lines(text, comments, line, next)),
        selectors,
        ..Directive::new(Tool::Pylint)
    })
}

/// `B608`, `S608`, `PLR0913`, or the name of one of Vansire's rules.
fn is_code(word: &str) -> bool {
    let digits = word.trim_start_matches(|character: char| character.is_ascii_alphabetic());
    let numbered =
        digits.len() < word.len() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    numbered || is_rule(word)
}

fn is_rule(word: &str) -> bool {
    vansire_rules::rules().iter().any(|rule| rule.metadata.name == word)
}

#[cfg(test)]
mod tests {
    use vansire_finding::{Location, Position, RuleMetadata, Severity};
    use vansire_python::SourceFile;

    use super::{Policy, Suppressions, in_template_line};

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
        Suppressions::of(&file, Policy::default()).covering(&at(1, 1), &RULE).is_some()
    }

    #[test]
    fn directives() {
        for comment in [
            "# vansire: ignore[sql-injection]",
            "# vansire: ignore[weak-hash, B608] -- checked",
            "#vansire:ignore[injection]",
            "# vansire: ignore[sql-*]",
            "# vansire: ignore[sql-injection, no-such-rule]",
            "# vansire: ignore-file[sql-injection] -- generated",
            "# nosec hardcoded_sql_expressions",
            "# nosec B999",
            "# nosec sql-injection",
            "# nosemgrep",
            "# nosemgrep: python.lang.security.audit.sqli",
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
            "# noqa: S6",
            "# noqa : S608",
            "# ruff: noqa",
            "# ruff: noqa: S608",
            "# flake8: noqa: E501,S608",
        ] {
            assert!(suppressed(&format!("f(x)  {comment}")), "{comment}");
        }
        for comment in [
            "# vansire: ignore[weak-hash]",
            "# vansire: ignore[no-such-rule]",
            "# vansire: ignore-file[weak-hash]",
            "# vansire: ignore-all",
            "# nosec try_except_pass",
            "# nosemgreps",
            "# vansire: ignores",
            "# nosec B602",
            "# nosecret",
            "# noqa: E501",
            "# noqaE",
            "# noqa: S5",
            "# ruff: noqa: E501",
            "# ruff: isort: noqa",
            "# see nosec",
            "",
        ] {
            assert!(!suppressed(&format!("f(x)  {comment}")), "{comment}");
        }
        assert!(!suppressed("f('# nosec')"));
        assert!(suppressed("f(x)  # pylint: disable=sql-injection,line-too-long"));
        assert!(!suppressed("f(x)  # pylint: disable=line-too-long"));
        assert!(!suppressed("f(x)  # pylint: disable=all"));
    }

    #[test]
    fn on_the_lines_of_the_statement() {
        let text =
            "execute(  # nosec\n  a,\n  b,\n)\nexecute(\n  a,\n)  # nosec\nexecute(\n  a, # nosec\n  b,\n)\n";
        let file = SourceFile::new("a.py", text);
        let suppressions = Suppressions::of(&file, Policy::default());
        let covered = |start, end| suppressions.covering(&at(start, end), &RULE).is_some();
        assert!(covered(1, 4) && covered(3, 3) && covered(5, 5));
        assert!(covered(8, 11), "on a line in the middle");
    }

    #[test]
    fn above_the_statement() {
        let text = "# vansire: ignore[sql-injection]\n# more\nexecute(a)\n\n# nosec\nexecute(a)\n\n\
                    # vansire: ignore\n\nexecute(a)\nb()  # vansire: ignore\nexecute(a)\n";
        let file = SourceFile::new("a.py", text);
        let suppressions = Suppressions::of(&file, Policy::default());
        let covered = |line| suppressions.covering(&at(line, line), &RULE).is_some();
        assert!(covered(3), "a comment of several lines");
        assert!(!covered(6), "Bandit reads only the line itself");
        assert!(!covered(10), "an empty line ends a comment");
        assert!(!covered(12), "the comment belongs to the line before");
    }

    #[test]
    fn remarks() {
        let text = "f(x)  # vansire: ignore[sql-injektion]\nf(x)  # vansire: ignore[sql-injection]\n\
                    f(x)  # nosec\nf(x)  # vansire: ignore[B608] -- checked\n";
        let file = SourceFile::new("a.py", text);
        let remarks = |policy| {
            let suppressions = Suppressions::of(&file, policy);
            let covered: Vec<u32> =
                (1..=4).filter(|&line| suppressions.covering(&at(line, line), &RULE).is_some()).collect();
            let lines: Vec<u32> = suppressions.remarks(&|_| true).into_iter().map(|(line, _)| line).collect();
            (covered, lines)
        };
        assert_eq!(remarks(Policy::default()), (vec![2, 3, 4], vec![1, 3]));
        assert_eq!(remarks(Policy { require_reason: true, report_unused: false }), (vec![4], vec![1, 2]));
        let unused = Suppressions::of(&file, Policy { require_reason: false, report_unused: true });
        assert_eq!(unused.remarks(&|_| true).len(), 3);
        assert_eq!(unused.remarks(&|_| false).len(), 1, "of what isn't looked for nobody knows");
    }

    #[test]
    fn words_that_accept_nothing() {
        let file = SourceFile::new("a.py", "f(x)  # vansire: ignore[weak-hash, sql-injection]\n");
        let suppressions = Suppressions::of(&file, Policy { require_reason: false, report_unused: true });
        assert!(suppressions.covering(&at(1, 1), &RULE).is_some());
        let message = "`weak-hash` in the comment accepts nothing: there is no such finding here";
        assert_eq!(suppressions.remarks(&|_| true), [(1, message.to_owned())]);
    }

    #[test]
    fn reasons() {
        let file = SourceFile::new("a.py", "f(x)  # vansire: ignore[sql-injection] -- the name is checked");
        let suppression = Suppressions::of(&file, Policy::default()).covering(&at(1, 1), &RULE).unwrap();
        assert_eq!(suppression.reason.as_deref(), Some("the name is checked"));
        let line = "{{ x|safe }} {# vansire: ignore[sql-injection] -- ours #}";
        assert_eq!(in_template_line(line, &RULE).unwrap().reason.as_deref(), Some("ours"));
        assert!(in_template_line("{{ x }}", &RULE).is_none());
    }
}
