//! SARIF 2.1.0, as GitHub code scanning and other viewers take it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use vansire_finding::{Confidence, Edit, Finding, Fix, Location, Problem, RuleMetadata, Severity, TraceStep};

use crate::Report;
use crate::json::pretty;

/// GitHub refuses a run with more results; beyond that the least severe ones are left out, and a
/// notification says so.
pub const MAX_RESULTS: usize = 25_000;

const SCHEMA_URI: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The name of the folder to which the paths of results are relative.
const ROOT: &str = "%SRCROOT%";

/// Renders a report. Suppressed findings come too, marked as suppressed.
pub fn render(report: &Report) -> String {
    let rule_indexes: BTreeMap<&str, usize> =
        report.rules.iter().enumerate().map(|(index, rule)| (rule.name, index)).collect();
    let root = report.root_uri.as_str();
    let kept = most_severe(&report.findings);
    let mut notifications: Vec<Value> =
        report.problems.iter().map(|problem| notification(problem, root)).collect();
    if kept.len() < report.findings.len() {
        let text =
            format!("only the {} most severe of {} results are given", kept.len(), report.findings.len());
        notifications.push(json!({"level": "warning", "message": {"text": text}}));
    }
    pretty(&json!({
        "$schema": SCHEMA_URI,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": report.tool.name,
                "semanticVersion": report.tool.version,
                "version": report.tool.version,
                "rules": report.rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {ROOT: {"uri": report.root_uri}},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications,
            }],
            "results": kept.iter().map(|finding| result(finding, &rule_indexes, root)).collect::<Vec<_>>(),
            "properties": {"statistics": report.statistics},
        }],
    }))
}

/// At most [`MAX_RESULTS`] findings, in their order.
fn most_severe(findings: &[Finding]) -> Vec<&Finding> {
    let mut ranked: Vec<(usize, &Finding)> = findings.iter().enumerate().collect();
    if ranked.len() > MAX_RESULTS {
        ranked.sort_by_key(|(index, finding)| (Reverse((finding.severity, finding.confidence)), *index));
        ranked.truncate(MAX_RESULTS);
        ranked.sort_by_key(|(index, _)| *index);
    }
    ranked.into_iter().map(|(_, finding)| finding).collect()
}

fn descriptor(rule: &RuleMetadata) -> Value {
    let mut tags = vec!["security".to_owned(), format!("external/cwe/cwe-{:03}", rule.cwe)];
    tags.push(format!("external/owasp/{}", rule.owasp.to_lowercase().replace(':', "-")));
    tags.push(rule.area.to_owned());
    json!({
        "id": rule.name,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {
            "tags": tags,
            "precision": "high",
            "problem.severity": problem_severity(rule.severity),
            "security-severity": security_severity(rule.severity),
            "aliases": rule.aliases,
        },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "recommendation",
    }
}

/// A number within the range that GitHub shows under the same name: critical above 9.0, high from
/// 7.0, medium from 4.0, low above 0.0.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.5",
    }
}

fn rank(confidence: Confidence) -> f64 {
    match confidence {
        Confidence::High => 90.0,
        Confidence::Medium => 60.0,
        Confidence::Low => 30.0,
    }
}

fn result(finding: &Finding, rule_indexes: &BTreeMap<&str, usize>, root: &str) -> Value {
    let mut value = json!({
        "ruleId": finding.rule.name,
        "level": level(finding.severity),
        "message": {"text": sentence(&finding.message)},
        "locations": [location(&finding.location, None, Some(&finding.snippet), root)],
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint},
        "rank": rank(finding.confidence),
        "properties": {
            "confidence": finding.confidence.as_str(),
            "severity": finding.severity.as_str(),
            "security-severity": security_severity(finding.severity),
        },
    });
    if let Some(code) = finding.code {
        value["properties"]["code"] = json!(code);
    }
    if let Some(index) = rule_indexes.get(finding.rule.name) {
        value["ruleIndex"] = json!(index);
    }
    if !finding.trace.is_empty() {
        let steps: Vec<Value> = finding
            .trace
            .iter()
            .map(|step| json!({"location": location(&step.location, Some(&step.message), None, root)}))
            .collect();
        value["codeFlows"] = json!([{"threadFlows": [{"locations": steps}]}]);
    }
    if !finding.related.is_empty() {
        let places: Vec<Value> =
            finding.related.iter().enumerate().map(|(index, step)| related(index, step, root)).collect();
        value["relatedLocations"] = json!(places);
    }
    if let Some(suppression) = &finding.suppression {
        let kind = if suppression.kind == "inline" { "inSource" } else { "external" };
        let mut entry = json!({"kind": kind, "status": "accepted"});
        if let Some(reason) = &suppression.reason {
            entry["justification"] = json!(reason);
        }
        value["suppressions"] = json!([entry]);
    }
    if let Some(fix) = &finding.fix {
        value["fixes"] = json!([fix_value(fix, root)]);
    }
    value
}

fn related(index: usize, step: &TraceStep, root: &str) -> Value {
    let mut value = location(&step.location, Some(&step.message), None, root);
    value["id"] = json!(index);
    value
}

/// SARIF wants sentences with a full stop; ours have none.
fn sentence(message: &str) -> String {
    format!("{message}.")
}

fn artifact(path: &str, root: &str) -> Value {
    if !is_absolute(path) {
        return json!({"uri": encode(path), "uriBaseId": ROOT});
    }
    let uri = file_uri(path);
    match uri.strip_prefix(root) {
        Some(relative) if root.ends_with('/') => json!({"uri": relative, "uriBaseId": ROOT}),
        _ => json!({"uri": uri}),
    }
}

fn region(place: &Location) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

fn location(place: &Location, message: Option<&str>, snippet: Option<&str>, root: &str) -> Value {
    let mut region = region(place);
    if let Some(snippet) = snippet {
        region["snippet"] = json!({"text": snippet});
    }
    let mut value =
        json!({"physicalLocation": {"artifactLocation": artifact(&place.path, root), "region": region}});
    if let Some(message) = message {
        value["message"] = json!({"text": sentence(message)});
    }
    // SARIF knows no cells: lines count inside the cell that stands beside them.
    if let Some(cell) = place.cell {
        value["logicalLocations"] = json!([{"name": format!("cell {cell}"), "kind": "module"}]);
    }
    value
}

fn fix_value(fix: &Fix, root: &str) -> Value {
    let mut by_path = BTreeMap::<&str, Vec<&Edit>>::new();
    for edit in &fix.edits {
        by_path.entry(&edit.location.path).or_default().push(edit);
    }
    let changes: Vec<Value> = by_path
        .into_iter()
        .map(|(path, edits)| {
            let replacements: Vec<Value> = edits
                .into_iter()
                .map(|edit| {
                    json!({
                        "deletedRegion": region(&edit.location),
                        "insertedContent": {"text": edit.replacement},
                    })
                })
                .collect();
            json!({"artifactLocation": artifact(path, root), "replacements": replacements})
        })
        .collect();
    json!({"description": {"text": sentence(&fix.message)}, "artifactChanges": changes})
}

fn notification(problem: &Problem, root: &str) -> Value {
    let mut physical = json!({"artifactLocation": artifact(&problem.path, root)});
    if let Some(line) = problem.line {
        physical["region"] = json!({"startLine": line});
    }
    json!({
        "level": "error",
        "message": {"text": sentence(&problem.message)},
        "locations": [{"physicalLocation": physical}],
    })
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.as_bytes().get(1) == Some(&b':')
}

/// The URI of an absolute path with `/` between its parts.
pub fn file_uri(path: &str) -> String {
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", encode(path))
}

/// Percent-encodes a path, keeping its slashes. A colon in the first part of a relative path would
/// be read as a scheme, so colons are encoded except after a drive's letter.
fn encode(path: &str) -> String {
    use std::fmt::Write;
    let mut result = String::with_capacity(path.len());
    for (index, byte) in path.bytes().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                result.push(byte as char);
            }
            b':' if index == 1 => result.push(':'),
            _ => {
                let _ = write!(result, "%{byte:02X}");
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{MAX_RESULTS, artifact, encode, file_uri, render};
    use crate::samples;

    fn rendered() -> Value {
        serde_json::from_str(&render(&samples::report())).unwrap()
    }

    #[test]
    fn has_what_code_scanning_needs() {
        let log = rendered();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["originalUriBaseIds"]["%SRCROOT%"]["uri"], "file:///home/user/project/");
        let rule = &run["tool"]["driver"]["rules"][0];
        assert_eq!(rule["id"], "sql-injection");
        assert_eq!(rule["properties"]["security-severity"], "8.0");
        assert_eq!(rule["properties"]["precision"], "high");
        let tags = rule["properties"]["tags"].as_array().unwrap();
        assert!(tags.contains(&"security".into()) && tags.contains(&"external/cwe/cwe-089".into()));
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("# sql-injection"));
        let result = &run["results"][1];
        assert_eq!(result["ruleId"], "sql-injection");
        assert_eq!(result["ruleIndex"], 0);
        assert_eq!(result["level"], "error");
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], "shop/store.py");
        assert_eq!(physical["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        assert_eq!(physical["region"]["startLine"], 4);
        assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().len(), 32);
        assert_eq!(result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap().len(), 3);
        assert_eq!(result["relatedLocations"][0]["id"], 0);
        assert!(result.get("suppressions").is_none());
        assert_eq!(
            run["results"][2]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"],
            "hashlib.sha256"
        );
    }

    #[test]
    fn suppressed_results_and_problems() {
        let log = rendered();
        let run = &log["runs"][0];
        let accepted = &run["results"][0];
        assert_eq!(accepted["suppressions"][0]["kind"], "inSource");
        assert_eq!(accepted["suppressions"][0]["justification"], "not for security");
        let physical = &accepted["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], "notes/an%20analysis%231.ipynb");
        assert_eq!(accepted["locations"][0]["logicalLocations"][0]["name"], "cell 3");
        let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
        assert_eq!(notification["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
    }

    #[test]
    fn no_more_results_than_code_scanning_takes() {
        let mut report = samples::report();
        let weak = report.findings[2].clone();
        report.findings.extend(std::iter::repeat_n(weak, MAX_RESULTS));
        let log: Value = serde_json::from_str(&render(&report)).unwrap();
        let run = &log["runs"][0];
        assert_eq!(run["results"].as_array().unwrap().len(), MAX_RESULTS);
        assert!(run["results"].as_array().unwrap().iter().any(|result| result["ruleId"] == "sql-injection"));
        let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        assert!(notifications[1]["message"]["text"].as_str().unwrap().contains("25003"));
    }

    #[test]
    fn absolute_paths_below_the_root_are_relative() {
        let inside = artifact("/home/user/project/a b.py", "file:///home/user/project/");
        assert_eq!((&inside["uri"], &inside["uriBaseId"]), (&"a%20b.py".into(), &"%SRCROOT%".into()));
        let outside = artifact("/home/user/other/a.py", "file:///home/user/project/");
        assert_eq!(outside["uri"], "file:///home/user/other/a.py");
        assert!(outside.get("uriBaseId").is_none());
    }

    #[test]
    fn uris() {
        assert_eq!(encode("a b/ü%.py"), "a%20b/%C3%BC%25.py");
        assert_eq!(encode("ab:c.py"), "ab%3Ac.py");
        assert_eq!(file_uri("/tmp/x y/"), "file:///tmp/x%20y/");
        assert_eq!(file_uri("C:/x"), "file:///C:/x");
    }
}
