//! The Markdown test format of rule pages, model pages and flow cases.
//!
//! A page is prose with fenced blocks of code. A heading starts a section; the blocks of a section
//! are the files of one project. Marks at the ends of lines say what must be reported there:
//! `# error: [sql-injection]` on a line that must be found, `# ok: [sql-injection]` on one that
//! tempts. Whatever is reported without a mark is a failure, too. A `trace` block gives the steps,
//! as `file:line`, of the finding that the last mark before it expects.
//!
//! The crate knows nothing of the analysis: the caller turns a [`Case`] into [`Report`]s.

mod compare;
mod page;

pub use compare::{Failure, Report, compare};
pub use page::{Case, CaseFile, ExpectedTrace, Mark, MarkKind, Page, parse};
