//! One module for each command.

pub mod check;
pub mod graph;
pub mod init;
pub mod rule;
pub mod rules;
