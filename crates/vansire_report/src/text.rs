//! Findings for people: the code, the path of the data through it, and what to read next. Everything
//! can be understood without colour, in 80 columns.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use vansire_finding::{Confidence, Finding, Location, Severity, TraceStep};

use crate::Report;
use crate::layout::{Shown, harmless, show_code, width, wrap};

/// Lines of a finding's code that are shown at most; the rest is in the file.
const MAX_CODE_LINES: u32 = 5;

/// Steps of a trace that are shown at most, unless all are asked for: the first ones and the last
/// ones say most.
const MAX_STEPS: usize = 12;

/// Other places that are shown at most.
const MAX_RELATED: usize = 3;

/// How a report is to be shown.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    /// Columns of the terminal.
    pub width: usize,
    pub color: bool,
    /// All steps and all related places, however many.
    pub verbose: bool,
    /// Findings only: no summary.
    pub quiet: bool,
    /// How many findings of each rule there are, and the counters of the analysis.
    pub statistics: bool,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { width: 80, color: false, verbose: false, quiet: false, statistics: false }
    }
}

/// Renders a report. Suppressed findings are counted, not shown.
pub fn render(report: &Report, options: &TextOptions) -> String {
    let mut page = Page { report, options, text: String::new() };
    // What is doubtful comes last.
    let (doubtful, sure): (Vec<&Finding>, Vec<&Finding>) =
        report.active().partition(|finding| finding.confidence == Confidence::Low);
    for finding in sure.into_iter().chain(doubtful) {
        page.finding(finding);
    }
    for problem in &report.problems {
        let place = match problem.line {
            Some(line) => format!("{}:{line}", problem.path),
            None => problem.path.clone(),
        };
        page.sentence(&page.paint(WARNING, "warning"), "warning", &format!(": {place}: {}", problem.message));
    }
    if options.statistics {
        page.statistics();
    }
    if !options.quiet {
        page.summary();
    }
    page.text
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const FRAME: Style = AnsiColor::Blue.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => AnsiColor::Red.on_default().bold(),
        Severity::Medium => AnsiColor::Yellow.on_default().bold(),
        Severity::Low | Severity::Info => AnsiColor::Cyan.on_default().bold(),
    }
}

struct Page<'a> {
    report: &'a Report,
    options: &'a TextOptions,
    text: String,
}

impl Page<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.options.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A sentence after a painted beginning (whose plain form says how wide it is), wrapped; the
    /// lines that follow are indented.
    fn sentence(&mut self, painted: &str, plain: &str, rest: &str) {
        let rest = harmless(rest);
        let mut lines = wrap(&format!("{plain}{rest}"), self.options.width.saturating_sub(2).max(20));
        // The beginning comes back painted; it has no blank at which it could have been broken
        // except between its own words.
        if let Some(first) = lines.first_mut()
            && let Some(tail) = first.strip_prefix(plain)
        {
            *first = format!("{painted}{tail}");
        }
        for (index, line) in lines.iter().enumerate() {
            let indent = if index == 0 { "" } else { "  " };
            self.line(&format!("{indent}{line}"));
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let severity = finding.severity.as_str();
        let name = match finding.code {
            Some(code) => format!("{} ({code})", finding.rule.name),
            None => finding.rule.name.to_owned(),
        };
        let plain = format!("{severity} {name}");
        let painted =
            format!("{} {}", self.paint(severity_style(finding.severity), severity), self.paint(BOLD, &name));
        self.sentence(&painted, &plain, &format!(": {}", finding.message));

        let last_line = finding.location.end.line.min(finding.location.start.line + MAX_CODE_LINES - 1);
        let gutter = last_line.to_string().len();
        let margin = " ".repeat(gutter);
        let arrow = self.paint(FRAME, "-->");
        self.line(&format!("{margin}{arrow} {}", place(&finding.location, true)));
        self.code(finding, gutter);
        self.trace(finding, &margin);
        self.related(finding, &margin);
        let facts = format!(
            "confidence {}, CWE-{}, OWASP {}",
            finding.confidence.as_str(),
            finding.rule.cwe,
            finding.rule.owasp
        );
        self.remark(&margin, "note", &facts);
        if let Some(fix) = &finding.fix {
            self.remark(&margin, "fix", &fix.message);
        }
        self.remark(
            &margin,
            "help",
            &format!("`vansire rule {}` explains it and shows safe code", finding.rule.name),
        );
        self.text.push('\n');
    }

    fn remark(&mut self, margin: &str, label: &str, text: &str) {
        let head = format!("{margin} = {label}: ");
        let room = self.options.width.saturating_sub(head.len()).max(20);
        for (index, line) in wrap(&harmless(text), room).into_iter().enumerate() {
            if index == 0 {
                let equals = self.paint(FRAME, "=");
                let label = self.paint(HELP, &format!("{label}:"));
                self.line(&format!("{margin} {equals} {label} {line}"));
            } else {
                self.line(&format!("{}{line}", " ".repeat(head.len())));
            }
        }
    }

    /// The code at the finding, with a line of carets below what is meant.
    fn code(&mut self, finding: &Finding, gutter: usize) {
        let location = &finding.location;
        let bar = self.paint(FRAME, "|");
        let margin = " ".repeat(gutter);
        let room = self.options.width.saturating_sub(gutter + 3).max(20);
        let last = location.end.line.min(location.start.line + MAX_CODE_LINES - 1);
        self.line(&format!("{margin} {bar}"));
        for number in location.start.line..=last {
            let text = match self.report.excerpts.line(location, number) {
                Some(text) => text.to_owned(),
                None if number == location.start.line => finding.snippet.clone(),
                None => break,
            };
            let (start, end) = marked_columns(location, number, &text);
            let Shown { before, marked, after } = show_code(&text, start, end, room);
            let label = self.paint(FRAME, &format!("{number:>gutter$} |"));
            let code = self.paint(severity_style(finding.severity), &marked);
            self.line(&format!("{label} {before}{code}{after}"));
            // Below the later lines of a long expression carets would only add noise.
            if number == location.start.line {
                let carets = "^".repeat(width(&marked).max(1));
                let carets = self.paint(severity_style(finding.severity), &carets);
                self.line(&format!("{margin} {bar} {}{carets}", " ".repeat(width(&before))));
            }
        }
        if location.end.line > last {
            self.line(&format!("{margin} {bar} ..."));
        }
        self.line(&format!("{margin} {bar}"));
    }

    fn trace(&mut self, finding: &Finding, margin: &str) {
        let steps = &finding.trace;
        if steps.is_empty() {
            return;
        }
        self.line(&format!("{margin} how the data gets there:"));
        let shown_at_start =
            if self.options.verbose || steps.len() <= MAX_STEPS { steps.len() } else { MAX_STEPS / 2 };
        let shown_at_end = if shown_at_start == steps.len() { 0 } else { MAX_STEPS - MAX_STEPS / 2 };
        for (index, step) in steps[..shown_at_start].iter().enumerate() {
            self.step(&format!("{}.", index + 1), step, margin);
        }
        if shown_at_end > 0 {
            let hidden = steps.len() - shown_at_start - shown_at_end;
            self.line(&format!("{margin}   … {hidden} more steps (`--verbose` shows them)"));
            for (index, step) in steps.iter().enumerate().skip(steps.len() - shown_at_end) {
                self.step(&format!("{}.", index + 1), step, margin);
            }
        }
    }

    /// A place with what happens there, and below it the code.
    fn step(&mut self, label: &str, step: &TraceStep, margin: &str) {
        let indent = margin.len() + 1 + 3 + 1;
        let head = format!("{margin} {label:>3} ");
        let position = place(&step.location, false);
        let room = self.options.width.saturating_sub(indent).max(20);
        let text = format!("{position}: {}", harmless(&step.message));
        for (index, line) in wrap(&text, room).into_iter().enumerate() {
            if index > 0 {
                self.line(&format!("{}{line}", " ".repeat(indent)));
                continue;
            }
            let painted = match line.strip_prefix(position.as_str()) {
                Some(rest) => format!("{}{rest}", self.paint(DIM, &position)),
                None => line,
            };
            self.line(&format!("{head}{painted}"));
        }
        let number = step.location.start.line;
        let Some(text) = self.report.excerpts.line(&step.location, number).map(str::to_owned) else { return };
        let trimmed = text.trim_start();
        let cut = text.chars().count() - trimmed.chars().count();
        let (start, end) = marked_columns(&step.location, number, &text);
        let room = self.options.width.saturating_sub(indent + 2).max(20);
        let Shown { before, marked, after } =
            show_code(trimmed, start.saturating_sub(cut), end.saturating_sub(cut), room);
        let marked = self.paint(BOLD, &marked);
        let bar = self.paint(FRAME, "|");
        self.line(&format!("{}{bar} {before}{marked}{after}", " ".repeat(indent)));
    }

    fn related(&mut self, finding: &Finding, margin: &str) {
        if finding.related.is_empty() {
            return;
        }
        self.line(&format!("{margin} see also:"));
        let shown = if self.options.verbose { finding.related.len() } else { MAX_RELATED };
        for step in finding.related.iter().take(shown) {
            self.step("-", step, margin);
        }
        if let Some(hidden) = finding.related.len().checked_sub(shown).filter(|&hidden| hidden > 0) {
            self.line(&format!("{margin}   … {hidden} more (`--verbose` shows them)"));
        }
    }

    fn statistics(&mut self) {
        let mut by_rule = std::collections::BTreeMap::<&str, u64>::new();
        for finding in self.report.active() {
            *by_rule.entry(finding.rule.name).or_default() += 1;
        }
        let tables = [
            (
                "findings by rule",
                by_rule.into_iter().map(|(name, count)| (name.to_owned(), count)).collect::<Vec<_>>(),
            ),
            ("counters", self.report.statistics.iter().map(|(name, &count)| (name.clone(), count)).collect()),
        ];
        for (title, rows) in tables {
            if rows.is_empty() {
                continue;
            }
            self.line(&format!("{title}:"));
            for (name, count) in rows {
                self.line(&format!("{count:>9}  {}", harmless(&name)));
            }
            self.text.push('\n');
        }
    }

    fn summary(&mut self) {
        let counts = self.report.count_by_severity();
        let total: usize = counts.iter().map(|(_, count)| count).sum();
        let mut sentence = match total {
            0 => "no findings".to_owned(),
            1 => "1 finding".to_owned(),
            _ => format!("{total} findings"),
        };
        if total > 0 {
            let parts: Vec<String> =
                counts.iter().map(|(severity, count)| format!("{count} {}", severity.as_str())).collect();
            let _ = write!(sentence, " ({})", parts.join(", "));
        }
        let _ = write!(sentence, " in {}", counted(self.report.files, "file", "files"));
        let suppressed = self.report.findings.len() - total;
        if suppressed > 0 {
            let _ = write!(sentence, ", {suppressed} suppressed");
        }
        if !self.report.problems.is_empty() {
            let _ = write!(sentence, ", {}", counted(self.report.problems.len(), "problem", "problems"));
        }
        self.line(&sentence);
        if !self.report.gone.is_empty() {
            let gone = counted(self.report.gone.len(), "finding", "findings");
            let verb = if self.report.gone.len() == 1 { "is" } else { "are" };
            self.line(&format!("{gone} of the baseline {verb} gone: `--write-baseline` leaves them out"));
        }
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `path:line`, with the cell of a notebook, and the column where it helps to jump there.
fn place(location: &Location, with_column: bool) -> String {
    let mut text = harmless(&location.path);
    if let Some(cell) = location.cell {
        let _ = write!(text, ":cell {cell}");
    }
    let _ = write!(text, ":{}", location.start.line);
    if with_column {
        let _ = write!(text, ":{}", location.start.column);
    }
    text
}

/// Which characters of a line belong to a location, counted from 0.
fn marked_columns(location: &Location, line: u32, text: &str) -> (usize, usize) {
    let indent = text.chars().count() - text.trim_start().chars().count();
    let start =
        if line == location.start.line { location.start.column.saturating_sub(1) as usize } else { indent };
    let end = if line == location.end.line {
        location.end.column.saturating_sub(1) as usize
    } else {
        text.trim_end().chars().count()
    };
    (start, end.max(start))
}

#[cfg(test)]
mod tests {
    use vansire_finding::Position;

    use super::{TextOptions, render};
    use crate::layout::width;
    use crate::samples;

    #[test]
    fn shows_code_path_and_summary() {
        let text = render(&samples::report(), &TextOptions::default());
        let expected = r#"high sql-injection: user input from `request.args` reaches
  `connection.execute` inside an SQL string literal
 --> shop/store.py:4:5
  |
4 |     connection.execute(f"select * from user where name = '{name}'")
  |     ^^^^^^^^^^^^^^^^^^
  |
  how the data gets there:
   1. shop/views.py:7: `request.args` holds what the client sent
      | name = request.args["name"]
   2. shop/views.py:8: passed to `find` as `name`
      | find(name)
   3. shop/store.py:4: reaches `execute` as SQL
      | connection.execute(f"select * from user where name = '{name}'")
  see also:
    - shop/api.py:9: `request.json` reaches the same place
      | find(request.json["name"])
  = note: confidence high, CWE-89, OWASP A03:2021
  = help: `vansire rule sql-injection` explains it and shows safe code

medium weak-hash: `hashlib.md5` is a broken hash
 --> shop/store.py:9:12
  |
9 |     return hashlib.md5(text)
  |            ^^^^^^^^^^^
  |
  = note: confidence high, CWE-327, OWASP A02:2021
  = fix: use SHA-256
  = help: `vansire rule weak-hash` explains it and shows safe code

warning: shop/broken.py:3: expected an expression
2 findings (1 high, 1 medium) in 4 files, 1 suppressed, 1 problem
"#;
        assert_eq!(text, expected, "\n{text}");
    }

    #[test]
    fn colour_adds_nothing_but_escape_sequences() {
        let report = samples::report();
        let plain = render(&report, &TextOptions::default());
        let colored = render(&report, &TextOptions { color: true, ..TextOptions::default() });
        let mut stripped = String::new();
        let mut characters = colored.chars();
        while let Some(character) = characters.next() {
            if character == '\u{1b}' {
                for next in characters.by_ref() {
                    if next == 'm' {
                        break;
                    }
                }
            } else {
                stripped.push(character);
            }
        }
        assert!(colored.contains('\u{1b}'));
        assert_eq!(stripped, plain);
    }

    #[test]
    fn stays_within_the_width() {
        let mut report = samples::report();
        let long = format!("{}execute({})", " ".repeat(120), "x".repeat(400));
        report.findings[1].location.start = Position { line: 4, column: 121 };
        report.findings[1].location.end = Position { line: 4, column: 520 };
        report.excerpts.insert("shop/store.py", None, 4, &long);
        for width_of_page in [40, 80, 120] {
            let text = render(&report, &TextOptions { width: width_of_page, ..TextOptions::default() });
            for line in text.lines() {
                assert!(width(line) <= width_of_page || !line.contains('|'), "{width_of_page}: {line}");
            }
        }
    }

    #[test]
    fn long_traces_are_shortened_unless_asked_for() {
        let mut report = samples::report();
        let step = report.findings[1].trace[0].clone();
        report.findings[1].trace = vec![step; 30];
        let short = render(&report, &TextOptions::default());
        assert!(short.contains("… 18 more steps"), "{short}");
        assert!(short.contains("30. shop"), "{short}");
        let long = render(&report, &TextOptions { verbose: true, ..TextOptions::default() });
        assert!(long.contains("15. shop") && !long.contains("more steps"));
    }

    #[test]
    fn several_lines_of_code() {
        let mut report = samples::report();
        report.findings[1].location.end = Position { line: 40, column: 2 };
        for line in 4..=40 {
            report.excerpts.insert("shop/store.py", None, line, "    call(");
        }
        let text = render(&report, &TextOptions::default());
        assert!(text.contains("8 |     call(\n  | ...\n"), "{text}");
    }
}
