//! Vansire's own JSON format, for programs. Its shape is stated by [`schema`], and a change that
//! breaks readers raises [`SCHEMA`].

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use vansire_finding::{Confidence, Finding, Fix, Position, Problem, Severity, Suppression, TraceStep};

use crate::Report;

/// The version of the format.
pub const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: ToolEntry,
    findings: Vec<FindingEntry<'a>>,
    suppressed: Vec<SuppressedEntry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gone: Vec<GoneEntry<'a>>,
    errors: &'a [Problem],
    statistics: &'a BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct ToolEntry {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct FindingEntry<'a> {
    rule: &'static str,
    aliases: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    severity: Severity,
    confidence: Confidence,
    cwe: [u16; 1],
    owasp: &'static str,
    message: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<u32>,
    start: Position,
    end: Position,
    trace: &'a [TraceStep],
    related: &'a [TraceStep],
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a Fix>,
}

/// A finding that somebody has accepted.
#[derive(Serialize)]
struct SuppressedEntry<'a> {
    #[serde(flatten)]
    finding: FindingEntry<'a>,
    suppression: &'a Suppression,
}

impl<'a> SuppressedEntry<'a> {
    fn new(finding: &'a Finding) -> Option<Self> {
        let suppression = finding.suppression.as_ref()?;
        Some(Self { finding: FindingEntry::new(finding), suppression })
    }
}

/// What the baseline accepts and isn't there any more.
#[derive(Serialize)]
struct GoneEntry<'a> {
    rule: &'a str,
    path: &'a str,
}

impl<'a> FindingEntry<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            rule: finding.rule.name,
            aliases: finding.rule.aliases,
            code: finding.code,
            severity: finding.severity,
            confidence: finding.confidence,
            cwe: [finding.rule.cwe],
            owasp: finding.rule.owasp,
            message: &finding.message,
            path: &finding.location.path,
            cell: finding.location.cell,
            start: finding.location.start,
            end: finding.location.end,
            trace: &finding.trace,
            related: &finding.related,
            fingerprint: &finding.fingerprint,
            fix: finding.fix.as_ref(),
        }
    }
}

/// Renders a report. Suppressed findings have a list of their own.
pub fn render(report: &Report) -> String {
    let document = Document {
        schema: SCHEMA,
        tool: ToolEntry { name: report.tool.name, version: report.tool.version },
        findings: report.active().map(FindingEntry::new).collect(),
        suppressed: report.findings.iter().filter_map(SuppressedEntry::new).collect(),
        gone: report.gone.iter().map(|(path, rule)| GoneEntry { rule, path }).collect(),
        errors: &report.problems,
        statistics: &report.statistics,
    };
    pretty(&document)
}

/// Serializes with indentation and a line end.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    // Writing plain data with string keys into memory cannot fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON Schema of the format. It is also kept as a file, `schemas/report-1.json`, for readers.
pub fn schema() -> String {
    let severities = Severity::ALL.map(Severity::as_str);
    let confidences = Confidence::ALL.map(Confidence::as_str);
    let number = json!({"type": "integer", "minimum": 1});
    let place = |more: &[(&str, Value)], required: &[&str]| {
        let mut properties = serde_json::Map::from_iter([
            ("path".to_owned(), json!({"type": "string"})),
            ("cell".to_owned(), number.clone()),
            ("start".to_owned(), json!({"$ref": "#/$defs/position"})),
            ("end".to_owned(), json!({"$ref": "#/$defs/position"})),
        ]);
        properties.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let required: Vec<&str> = ["path", "start", "end"].iter().chain(required).copied().collect();
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    };
    let text = json!({"type": "string"});
    let steps = json!({"type": "array", "items": {"$ref": "#/$defs/step"}});
    let finding = [
        ("rule", json!({"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"})),
        ("aliases", json!({"type": "array", "items": text})),
        (
            "code",
            json!({
                "description": "The test of another tool that this is, where that tool's tests were asked for",
                "type": "string",
            }),
        ),
        ("severity", json!({"enum": severities})),
        ("confidence", json!({"enum": confidences})),
        ("cwe", json!({"type": "array", "items": number, "minItems": 1})),
        ("owasp", text.clone()),
        ("message", text.clone()),
        ("trace", steps.clone()),
        ("related", steps.clone()),
        ("fingerprint", json!({"type": "string", "pattern": "^[0-9a-f]{32}$"})),
        ("fix", json!({"$ref": "#/$defs/fix"})),
    ];
    let required = [
        "rule",
        "aliases",
        "severity",
        "confidence",
        "cwe",
        "owasp",
        "message",
        "trace",
        "related",
        "fingerprint",
    ];
    let suppression = json!({
        "type": "object",
        "properties": {
            "kind": {"enum": ["inline", "baseline"]},
            "reason": text,
        },
        "required": ["kind"],
        "additionalProperties": false,
    });
    pretty(&json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of a Vansire run",
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "tool": {
                "type": "object",
                "properties": {"name": text, "version": text},
                "required": ["name", "version"],
                "additionalProperties": false,
            },
            "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
            "suppressed": {"type": "array", "items": {"$ref": "#/$defs/suppressed"}},
            "gone": {
                "description": "What the baseline accepts and isn't there any more",
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"rule": text, "path": text},
                    "required": ["rule", "path"],
                    "additionalProperties": false,
                },
            },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"path": text, "line": number, "message": text},
                    "required": ["path", "message"],
                    "additionalProperties": false,
                },
            },
            "statistics": {
                "type": "object",
                "additionalProperties": {"type": "integer", "minimum": 0},
            },
        },
        "required": ["schema", "tool", "findings", "suppressed", "errors", "statistics"],
        "additionalProperties": false,
        "$defs": {
            "position": {
                "description": "Lines and columns count from 1, columns in characters",
                "type": "object",
                "properties": {"line": number, "column": number},
                "required": ["line", "column"],
                "additionalProperties": false,
            },
            "step": place(&[("message", text.clone())], &["message"]),
            "edit": place(&[("replacement", text.clone())], &["replacement"]),
            "fix": {
                "type": "object",
                "properties": {
                    "message": text,
                    "safe": {"type": "boolean"},
                    "edits": {"type": "array", "items": {"$ref": "#/$defs/edit"}},
                },
                "required": ["message", "safe", "edits"],
                "additionalProperties": false,
            },
            "finding": place(&finding, &required),
            "suppressed": place(
                &[finding.as_slice(), &[("suppression", suppression)]].concat(),
                &[required.as_slice(), &["suppression"]].concat(),
            ),
        },
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{render, schema};
    use crate::samples;

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_file_holds_the_schema() {
        assert!(
            schema() == include_str!("../schemas/report-1.json"),
            "run `cargo xtask schema` to write schemas/report-1.json anew"
        );
    }

    #[test]
    fn a_report_is_valid() {
        let schema = parsed(&schema());
        let report = parsed(&render(&samples::report()));
        assert_eq!(violation(&schema, &schema, &report), None);
        let broken = |change: &dyn Fn(&mut Value)| {
            let mut copy = report.clone();
            change(&mut copy);
            violation(&schema, &schema, &copy).is_some()
        };
        assert!(broken(&|report| report["findings"][0]["severity"] = "dreadful".into()));
        assert!(broken(&|report| report["findings"][0]["start"]["line"] = 0.into()));
        assert!(broken(&|report| report["surplus"] = 1.into()));
        assert!(broken(&|report| drop(report["tool"].as_object_mut().unwrap().remove("name"))));
    }

    /// The first way in which a value breaks a schema, for the keywords that ours uses. A whole
    /// validator would be the largest dependency of this crate.
    fn violation(root: &Value, schema: &Value, value: &Value) -> Option<String> {
        for (keyword, wanted) in schema.as_object().unwrap() {
            let holds = match keyword.as_str() {
                "$ref" => {
                    let name = wanted.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    if let Some(inner) = violation(root, &root["$defs"][name], value) {
                        return Some(inner);
                    }
                    true
                }
                "type" => match wanted.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "boolean" => value.is_boolean(),
                    other => panic!("unknown type {other}"),
                },
                "const" => value == wanted,
                "enum" => wanted.as_array().unwrap().contains(value),
                "minimum" => value.as_i64() >= wanted.as_i64(),
                "minItems" => value.as_array().unwrap().len() as u64 >= wanted.as_u64().unwrap(),
                "required" => {
                    wanted.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some())
                }
                "items" => {
                    let inner =
                        value.as_array().unwrap().iter().find_map(|item| violation(root, wanted, item));
                    if inner.is_some() {
                        return inner;
                    }
                    true
                }
                "properties" | "additionalProperties" => {
                    for (name, inner) in value.as_object().unwrap() {
                        let property = schema.get("properties").and_then(|known| known.get(name));
                        let rule = property.unwrap_or(&schema["additionalProperties"]);
                        if *rule == Value::Bool(false) {
                            return Some(format!("unexpected `{name}`"));
                        }
                        if let Some(inner) = violation(root, rule, inner) {
                            return Some(format!("{name}: {inner}"));
                        }
                    }
                    true
                }
                // Both patterns say only which characters there are.
                "pattern" => value
                    .as_str()
                    .unwrap()
                    .bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')),
                "$schema" | "$defs" | "title" | "description" => true,
                other => panic!("unknown keyword {other}"),
            };
            if !holds {
                return Some(format!("{value} breaks {keyword} {wanted}"));
            }
        }
        None
    }

    #[test]
    fn suppressed_findings_are_left_out() {
        let report = parsed(&render(&samples::report()));
        let rules: Vec<&str> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["rule"].as_str().unwrap())
            .collect();
        assert_eq!(rules, ["sql-injection", "weak-hash"]);
        assert_eq!(report["schema"], 1);
        assert_eq!(report["findings"][0]["cwe"][0], 89);
        assert_eq!(report["findings"][0]["trace"][0]["start"]["line"], 7);
        assert_eq!(report["errors"][0]["line"], 3);
    }
}
