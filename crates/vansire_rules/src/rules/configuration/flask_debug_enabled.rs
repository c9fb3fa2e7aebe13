use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "flask-debug-enabled",
        summary: "A Flask application runs with its debugger",
        severity: Severity::High,
        cwe: 489,
        owasp: "A05:2021",
        area: "configuration",
        aliases: &["B201", "S201"],
        page: include_str!("flask-debug-enabled.md"),
    },
    sinks: &[],
};
