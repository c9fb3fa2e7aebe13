use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "code-injection",
        summary: "User input is run as Python code",
        severity: Severity::Critical,
        cwe: 94,
        owasp: "A03:2021",
        area: "injection",
        aliases: &[
            "B102",
            "S102",
            "B307",
            "S307",
            "DUO104",
            "DUO105",
            "DUO110",
            "W0122",
            "exec-used",
            "W0123",
            "eval-used",
        ],
        page: include_str!("code-injection.md"),
    },
    sinks: &["code"],
};
