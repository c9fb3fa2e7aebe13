use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "command-injection",
        summary: "User input becomes part of a line that a shell runs, or is the program that is run",
        severity: Severity::Critical,
        cwe: 78,
        owasp: "A03:2021",
        area: "injection",
        aliases: &[
            "B601", "S601", "B602", "S602", "B604", "S604", "B605", "S605", "DUO106", "DUO116", "DUO125",
            "DUO126",
        ],
        page: include_str!("command-injection.md"),
    },
    sinks: &["shell", "command"],
};
