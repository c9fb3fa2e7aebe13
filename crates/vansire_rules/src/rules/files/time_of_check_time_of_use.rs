use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "time-of-check-time-of-use",
        summary: "A file is looked at and then used, where somebody else can change it in between",
        severity: Severity::Medium,
        cwe: 367,
        owasp: "A04:2021",
        area: "files",
        aliases: &[],
        page: include_str!("time-of-check-time-of-use.md"),
    },
    sinks: &[],
};
