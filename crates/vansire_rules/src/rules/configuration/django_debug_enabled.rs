use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "django-debug-enabled",
        summary: "A Django project runs in debug mode",
        severity: Severity::Medium,
        cwe: 489,
        owasp: "A05:2021",
        area: "configuration",
        aliases: &[],
        page: include_str!("django-debug-enabled.md"),
    },
    sinks: &[],
};
