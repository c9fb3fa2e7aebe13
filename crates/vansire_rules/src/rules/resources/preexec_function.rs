use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "preexec-function",
        summary: "Code is run between fork and exec",
        severity: Severity::Low,
        cwe: 667,
        owasp: "A04:2021",
        area: "resources",
        aliases: &["PLW1509", "W1509", "subprocess-popen-preexec-fn"],
        page: include_str!("preexec-function.md"),
    },
    sinks: &[],
};
