//! Comparing what was reported with what the marks expect.

use std::fmt;

use crate::{Case, MarkKind, Page};

/// A finding, as far as a page can speak of it. Lines are those of the case's file, from 1.
#[derive(Clone, Debug)]
pub struct Report {
    pub rule: String,
    pub path: String,
    pub start_line: usize,
    pub end_line: usize,
    pub message: String,
    /// `high`, `medium` or `low`.
    pub confidence: String,
    /// File and line of each step.
    pub trace: Vec<(String, usize)>,
}

impl Report {
    fn covers(&self, path: &str, line: usize) -> bool {
        self.path == path && (self.start_line..=self.end_line).contains(&line)
    }
}

/// Something that is not as the page says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    pub path: String,
    /// Of the page.
    pub line: usize,
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// All differences, sorted by the line of the page.
pub fn compare(page: &Page, case: &Case, reports: &[Report]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut fail = |line: usize, message: String| {
        failures.push(Failure { path: page.path.clone(), line, message });
    };
    for file in &case.files {
        for mark in file.marks.iter().filter(|mark| mark.kind == MarkKind::Error) {
            for rule in &mark.rules {
                let mut here = reports
                    .iter()
                    .filter(|report| report.rule == *rule && report.covers(&file.path, mark.line))
                    .peekable();
                if here.peek().is_none() {
                    fail(file.line + mark.line - 1, format!("{rule} is expected here, but not reported"));
                } else if let Some(confidence) = &mark.confidence
                    && let Some(other) = here.find(|report| report.confidence != *confidence)
                {
                    fail(
                        file.line + mark.line - 1,
                        format!("{rule} is expected with {confidence} confidence, not {}", other.confidence),
                    );
                }
            }
        }
    }
    for report in reports {
        let Some(file) = case.files.iter().find(|file| file.path == report.path) else {
            fail(
                case.line,
                format!("{} is reported in `{}`, which is no file of this case", report.rule, report.path),
            );
            continue;
        };
        let marked = |kind| {
            file.marks.iter().any(|mark| {
                mark.kind == kind && report.covers(&file.path, mark.line) && mark.rules.contains(&report.rule)
            })
        };
        if marked(MarkKind::Error) {
            continue;
        }
        let steps: Vec<String> = report.trace.iter().map(|(path, line)| format!("{path}:{line}")).collect();
        let by = if steps.is_empty() { String::new() } else { format!(" (by {})", steps.join(" → ")) };
        let what = if marked(MarkKind::Ok) {
            "is marked as ok, but reported"
        } else {
            "is reported, but not expected"
        };
        fail(file.line + report.start_line - 1, format!("{} {what}: {}{by}", report.rule, report.message));
    }
    for trace in &case.traces {
        let (path, line) = &trace.of;
        let candidates: Vec<&Report> = reports
            .iter()
            .filter(|report| trace.rules.contains(&report.rule) && report.covers(path, *line))
            .collect();
        if candidates.is_empty() || candidates.iter().any(|report| report.trace == trace.steps) {
            // Without a finding the mark has failed already.
            continue;
        }
        let actual: Vec<String> =
            candidates[0].trace.iter().map(|(path, line)| format!("{path}:{line}")).collect();
        fail(trace.line, format!("the trace is {}", actual.join(" → ")));
    }
    failures.sort();
    failures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    const PAGE: &str = "# T\n```python\na()  # ok: [weak-hash]\nb(\n    c,  # error: [weak-hash]\n)\nd()\n```\n\
                        ```trace\napp.py:1\napp.py:2\n```\n";

    fn report(rule: &str, start_line: usize, end_line: usize) -> Report {
        Report {
            rule: rule.to_owned(),
            path: "app.py".to_owned(),
            start_line,
            end_line,
            message: "bad".to_owned(),
            confidence: "high".to_owned(),
            trace: vec![("app.py".to_owned(), 1), ("app.py".to_owned(), 2)],
        }
    }

    fn failures(reports: &[Report]) -> Vec<String> {
        let page = parse("page.md", PAGE).expect("a page");
        compare(&page, &page.cases[0], reports).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_statement_of_several_lines_meets_a_mark_on_any_of_them() {
        assert_eq!(failures(&[report("weak-hash", 2, 4)]), [""; 0]);
        assert_eq!(failures(&[report("weak-hash", 3, 3)]), [""; 0]);
    }

    #[test]
    fn what_is_expected_and_missing_fails() {
        assert_eq!(failures(&[]), ["page.md:5: weak-hash is expected here, but not reported"]);
        // Another rule in the same place doesn't count, and is itself a failure.
        assert_eq!(
            failures(&[report("sql-injection", 3, 3)]),
            [
                "page.md:5: sql-injection is reported, but not expected: bad (by app.py:1 → app.py:2)",
                "page.md:5: weak-hash is expected here, but not reported",
            ]
        );
    }

    #[test]
    fn what_is_reported_without_a_mark_fails() {
        assert_eq!(
            failures(&[report("weak-hash", 3, 3), report("weak-hash", 5, 5)]),
            ["page.md:7: weak-hash is reported, but not expected: bad (by app.py:1 → app.py:2)"]
        );
        assert_eq!(
            failures(&[report("weak-hash", 3, 3), report("weak-hash", 1, 1)]),
            ["page.md:3: weak-hash is marked as ok, but reported: bad (by app.py:1 → app.py:2)"]
        );
    }

    #[test]
    fn another_confidence_fails_where_the_mark_tells_one() {
        let page = parse("page.md", "# T\n```python\na()  # error: [weak-hash] low\n```\n").expect("a page");
        let found = compare(&page, &page.cases[0], &[report("weak-hash", 1, 1)]);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["page.md:3: weak-hash is expected with low confidence, not high"]);
    }

    #[test]
    fn a_finding_in_a_file_of_another_case_fails() {
        let elsewhere = Report { path: "other.py".to_owned(), ..report("weak-hash", 1, 1) };
        assert_eq!(
            failures(&[report("weak-hash", 3, 3), elsewhere]),
            ["page.md:1: weak-hash is reported in `other.py`, which is no file of this case"]
        );
    }

    #[test]
    fn another_trace_fails() {
        let other = Report { trace: vec![("app.py".to_owned(), 1)], ..report("weak-hash", 3, 3) };
        assert_eq!(failures(&[other]), ["page.md:9: the trace is app.py:1"]);
    }
}
