//! Reading a page.

use crate::Failure;

/// A page with its testable sections.
#[derive(Debug)]
pub struct Page {
    pub path: String,
    pub cases: Vec<Case>,
}

/// A section that holds files: one project.
#[derive(Debug)]
pub struct Case {
    /// The headings that lead to the section, joined by ` / `.
    pub title: String,
    /// Of the heading, in the page.
    pub line: usize,
    /// What the directive `threats: remote, local` names, if it stands in the section.
    pub threats: Option<Vec<String>>,
    pub files: Vec<CaseFile>,
    pub traces: Vec<ExpectedTrace>,
}

#[derive(Debug)]
pub struct CaseFile {
    pub path: String,
    pub language: String,
    pub text: String,
    /// The line of the page on which the file's first line stands.
    pub line: usize,
    pub marks: Vec<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// Must be reported.
    Error,
    /// Must not be reported.
    Ok,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub kind: MarkKind,
    /// In the file, from 1.
    pub line: usize,
    pub rules: Vec<String>,
    /// How sure the findings must be, where the mark says so: `# error: [weak-hash] low`.
    pub confidence: Option<String>,
}

/// The steps that the trace of one finding must have, no more and no fewer.
#[derive(Debug)]
pub struct ExpectedTrace {
    /// Of the block, in the page.
    pub line: usize,
    /// The file and line of the finding.
    pub of: (String, usize),
    /// The rules of the mark; the trace of any of them will do.
    pub rules: Vec<String>,
    pub steps: Vec<(String, usize)>,
}

const DEFAULT_FILE: &str = "app.py";

const CONFIDENCES: [&str; 3] = ["high", "medium", "low"];

/// Reads a page. `path` is for the messages.
pub fn parse(path: &str, text: &str) -> Result<Page, Vec<Failure>> {
    let mut reader = Reader {
        path,
        page: Page { path: path.to_owned(), cases: Vec::new() },
        failures: Vec::new(),
        headings: Vec::new(),
        case: Case { title: String::new(), line: 1, threats: None, files: Vec::new(), traces: Vec::new() },
    };
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let number = index + 1;
        if let Some(fence) = Fence::open(line) {
            let mut block = String::new();
            let mut closed = false;
            for (_, line) in lines.by_ref() {
                if fence.closes(line) {
                    closed = true;
                    break;
                }
                block.push_str(fence.unindent(line));
                block.push('\n');
            }
            if !closed {
                reader.fail(number, "this fenced block is not closed");
            }
            reader.block(number, &fence, block);
        } else if let Some((level, title)) = heading(line) {
            reader.section(number, level, title);
        } else if let Some(names) = line.trim().strip_prefix("threats:") {
            reader.threats(number, names);
        }
    }
    reader.finish_case();
    if reader.failures.is_empty() { Ok(reader.page) } else { Err(reader.failures) }
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|&byte| byte == b'#').count();
    let title = line[level..].strip_prefix(' ')?;
    (1..=6).contains(&level).then_some((level, title.trim()))
}

struct Fence<'a> {
    character: char,
    length: usize,
    indent: usize,
    information: &'a str,
}

impl<'a> Fence<'a> {
    fn open(line: &'a str) -> Option<Self> {
        let body = line.trim_start_matches(' ');
        let character = body.chars().next().filter(|&character| character == '`' || character == '~')?;
        let information = body.trim_start_matches(character);
        let length = body.len() - information.len();
        // Back quotes in the rest of the line make it inline code.
        if length < 3 || (character == '`' && information.contains('`')) {
            return None;
        }
        Some(Self { character, length, indent: line.len() - body.len(), information: information.trim() })
    }

    fn closes(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|character| character == self.character)
    }

    /// A block inside a list item is indented as its fence is.
    fn unindent<'l>(&self, line: &'l str) -> &'l str {
        let blanks = line.bytes().take(self.indent).take_while(|&byte| byte == b' ').count();
        &line[blanks..]
    }

    fn language(&self) -> &'a str {
        self.information.split_whitespace().next().unwrap_or_default()
    }

    fn attributes(&self) -> impl Iterator<Item = &'a str> {
        self.information.split_whitespace().skip(1)
    }
}

struct Reader<'a> {
    path: &'a str,
    page: Page,
    failures: Vec<Failure>,
    /// Level and title of the headings that the current section stands under.
    headings: Vec<(usize, String)>,
    case: Case,
}

impl Reader<'_> {
    fn fail(&mut self, line: usize, message: impl Into<String>) {
        self.failures.push(Failure { path: self.path.to_owned(), line, message: message.into() });
    }

    fn section(&mut self, line: usize, level: usize, title: &str) {
        self.finish_case();
        self.headings.retain(|(above, _)| *above < level);
        self.headings.push((level, title.to_owned()));
        let titles: Vec<&str> = self.headings.iter().map(|(_, title)| title.as_str()).collect();
        self.case.title = titles.join(" / ");
        self.case.line = line;
    }

    fn finish_case(&mut self) {
        let empty = Case {
            title: self.case.title.clone(),
            line: self.case.line,
            threats: None,
            files: Vec::new(),
            traces: Vec::new(),
        };
        let case = std::mem::replace(&mut self.case, empty);
        if !case.files.is_empty() {
            self.page.cases.push(case);
        }
    }

    fn threats(&mut self, line: usize, names: &str) {
        let names: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
        if let Some(wrong) =
            names.iter().find(|name| !["remote", "local", "database", "library"].contains(&name.as_str()))
        {
            self.fail(line, format!("`{wrong}` is no threat: `remote`, `local`, `database` or `library`"));
        }
        self.case.threats = Some(names);
    }

    fn block(&mut self, line: usize, fence: &Fence<'_>, text: String) {
        let language = fence.language();
        if language == "trace" {
            return self.trace(line, &text);
        }
        let mut file = None;
        for attribute in fence.attributes() {
            match attribute.split_once('=') {
                Some(("file", path)) => file = Some(path),
                // An excerpt for the reader that is no program of its own.
                None if attribute == "ignore" => return,
                _ => self.fail(line, format!("`{attribute}` means nothing here: `file=path` or `ignore`")),
            }
        }
        let file = match file {
            Some(file) => file,
            None if matches!(language, "python" | "py") => DEFAULT_FILE,
            None => return,
        };
        if self.case.files.iter().any(|other| other.path == file) {
            return self.fail(
                line,
                format!("the section has a file `{file}` already; name this one with `file=…` or give it a heading"),
            );
        }
        let mut found = Vec::new();
        for (index, content) in text.lines().enumerate() {
            if let Err(message) = marks(content, index + 1, &mut found) {
                self.fail(line + 1 + index, message);
            }
        }
        self.case.files.push(CaseFile {
            path: file.to_owned(),
            language: language.to_owned(),
            text,
            line: line + 1,
            marks: found,
        });
    }

    fn trace(&mut self, line: usize, text: &str) {
        let before = self.case.files.iter().rev().find_map(|file| {
            let mark = file.marks.iter().rev().find(|mark| mark.kind == MarkKind::Error)?;
            Some((file.path.clone(), mark.line, mark.rules.clone()))
        });
        let Some((file, of, rules)) = before else {
            return self.fail(line, "no finding is expected before this trace");
        };
        let mut steps = Vec::new();
        for (index, step) in text.lines().enumerate().filter(|(_, step)| !step.trim().is_empty()) {
            let parsed = step.trim().rsplit_once(':').and_then(|(file, number)| {
                let number = number.parse::<usize>().ok()?;
                Some((file.to_owned(), number))
            });
            match parsed {
                Some(step) => steps.push(step),
                None => self.fail(line + 1 + index, format!("`{}` is no `file:line`", step.trim())),
            }
        }
        self.case.traces.push(ExpectedTrace { line, of: (file, of), rules, steps });
    }
}

/// Collects the marks of one line. Whatever comment sign the language has, it ends with `#` in
/// those that we test: Python, TOML, Jinja and Mako.
fn marks(text: &str, line: usize, found: &mut Vec<Mark>) -> Result<(), String> {
    for (position, _) in text.match_indices('#') {
        let comment = text[position + 1..].trim_start();
        let (kind, rest) = if let Some(rest) = comment.strip_prefix("error:") {
            (MarkKind::Error, rest)
        } else if let Some(rest) = comment.strip_prefix("ok:") {
            (MarkKind::Ok, rest)
        } else {
            continue;
        };
        let names = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let Some((names, behind)) = names else {
            return Err("a mark names its rules in brackets: `# error: [sql-injection]`".to_owned());
        };
        let word = behind.split_whitespace().next().unwrap_or_default();
        let confidence = CONFIDENCES.contains(&word).then(|| word.to_owned());
        if confidence.is_some() && kind == MarkKind::Ok {
            return Err("what must not be reported has no confidence".to_owned());
        }
        let rules: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
        if let Some(wrong) = rules.iter().find(|name| !is_rule_name(name)) {
            return Err(format!("`{wrong}` is no name of a rule"));
        }
        found.push(Mark { kind, line, rules, confidence });
    }
    Ok(())
}

fn is_rule_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        parse("page.md", text).expect("a page without mistakes")
    }

    fn mistakes(text: &str) -> Vec<String> {
        parse("page.md", text).expect_err("mistakes").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_section_with_blocks_is_a_case() {
        let page = page(
            "# Title\n\nProse.\n\n## One\n\n```python\nx = 1\n```\n\n## Two\n\nthreats: remote, local\n\n\
             ```python file=pkg/mod.py\ny = 2  # error: [sql-injection, weak-hash]\n```\n\
             ```html file=templates/x.html\n<p>{{ y }}</p> {# ok: [cross-site-scripting] #}\n```\n\n## Three\n\nNothing.\n",
        );
        assert_eq!(page.cases.len(), 2);
        let (one, two) = (&page.cases[0], &page.cases[1]);
        assert_eq!((one.title.as_str(), one.line), ("Title / One", 5));
        assert_eq!((one.files[0].path.as_str(), one.files[0].line), ("app.py", 8));
        assert_eq!(one.files[0].text, "x = 1\n");
        assert_eq!(one.threats, None);
        assert_eq!(two.threats, Some(vec!["remote".to_owned(), "local".to_owned()]));
        assert_eq!(two.files[0].path, "pkg/mod.py");
        assert_eq!(
            two.files[0].marks,
            [Mark {
                kind: MarkKind::Error,
                line: 1,
                rules: vec!["sql-injection".to_owned(), "weak-hash".to_owned()],
                confidence: None,
            }]
        );
        assert_eq!(two.files[1].marks[0].kind, MarkKind::Ok);
    }

    #[test]
    fn a_mark_can_say_how_sure_the_finding_is() {
        let page =
            page("# T\n```python\na()  # error: [weak-hash] low\nb()  # error: [weak-hash] by a\n```\n");
        let marks = &page.cases[0].files[0].marks;
        assert_eq!(marks[0].confidence.as_deref(), Some("low"));
        assert_eq!(marks[1].confidence, None);
        assert_eq!(
            mistakes("# T\n```python\na()  # ok: [weak-hash] low\n```\n"),
            ["page.md:3: what must not be reported has no confidence"]
        );
    }

    #[test]
    fn blocks_of_other_languages_need_a_name() {
        let page = page(
            "# T\n```console\n$ pip install x\n```\n```python ignore\nbroken(\n```\n```toml\na = 1\n```\n",
        );
        assert!(page.cases.is_empty());
    }

    #[test]
    fn a_trace_belongs_to_the_mark_before_it() {
        let page = page(
            "# T\n```python\na()\nb()  # error: [weak-hash]\n```\n```trace\napp.py:1\n\napp.py:2\n```\n",
        );
        let trace = &page.cases[0].traces[0];
        assert_eq!(trace.of, ("app.py".to_owned(), 2));
        assert_eq!(trace.steps, [("app.py".to_owned(), 1), ("app.py".to_owned(), 2)]);
    }

    #[test]
    fn two_marks_can_share_a_line() {
        let page = page("# T\n```python\nx  # error: [a] # ok: [b]\n```\n");
        assert_eq!(page.cases[0].files[0].marks.len(), 2);
    }

    #[test]
    fn a_longer_fence_holds_a_shorter_one() {
        let page = page("# T\n````python\ns = '''\n```\n'''\n````\n");
        assert_eq!(page.cases[0].files[0].text, "s = '''\n```\n'''\n");
    }

    #[test]
    fn an_indented_block_loses_its_indentation() {
        let page = page("# T\n- item\n  ```python\n  if x:\n      y\n  ```\n");
        assert_eq!(page.cases[0].files[0].text, "if x:\n    y\n");
    }

    #[test]
    fn mistakes_are_shown_with_the_lines_of_the_page() {
        assert_eq!(
            mistakes("# T\n```python\nx  # error: sql-injection\n```\n"),
            ["page.md:3: a mark names its rules in brackets: `# error: [sql-injection]`"]
        );
        assert_eq!(
            mistakes("# T\n```python\nx  # ok: [SQL]\n```\n"),
            ["page.md:3: `SQL` is no name of a rule"]
        );
        assert_eq!(mistakes("# T\n```python\nx\n"), ["page.md:2: this fenced block is not closed"]);
        assert_eq!(
            mistakes("# T\nthreats: everyone\n"),
            ["page.md:2: `everyone` is no threat: `remote`, `local`, `database` or `library`"]
        );
        assert_eq!(
            mistakes("# T\n```trace\na.py:1\n```\n"),
            ["page.md:2: no finding is expected before this trace"]
        );
        assert_eq!(
            mistakes("# T\n```python\nx  # error: [a]\n```\n```trace\nhere\n```\n"),
            ["page.md:6: `here` is no `file:line`"]
        );
        assert_eq!(
            mistakes("# T\n```python\nx\n```\n```python\ny\n```\n"),
            [
                "page.md:5: the section has a file `app.py` already; name this one with `file=…` or give it a heading"
            ]
        );
        assert_eq!(
            mistakes("# T\n```python name=x.py\nx\n```\n"),
            ["page.md:2: `name=x.py` means nothing here: `file=path` or `ignore`"]
        );
    }
}
