use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "exception-swallowed",
        summary: "An exception by which somebody is refused is swallowed",
        severity: Severity::Medium,
        cwe: 703,
        owasp: "A07:2021",
        area: "authentication",
        aliases: &[],
        page: include_str!("exception-swallowed.md"),
    },
    sinks: &[],
};
