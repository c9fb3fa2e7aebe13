use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "debug-mode-enabled",
        summary: "An application runs in debug mode, which shows its inside to whoever makes it fail",
        severity: Severity::Medium,
        cwe: 489,
        owasp: "A05:2021",
        area: "configuration",
        aliases: &[],
        page: include_str!("debug-mode-enabled.md"),
    },
    sinks: &[],
};
