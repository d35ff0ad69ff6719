//! `--shard` and `--shard-from`: which part of a campaign an invocation runs.

use campaign::results::Shard;
use clap::Args;

use super::Failure;
use campaign::engine::{self, Engine};

/// Which part of a campaign this invocation runs.
#[derive(Debug, Clone, Default, Args)]
pub struct ShardArgs {
    /// Run only this part of the campaign: number and how many there are, such as 3/8
    #[arg(long, value_name = "N/OF", value_parser = engine::shard, conflicts_with = "shard_from")]
    pub shard: Option<Shard>,
    /// Read the shard from the variables of the engine that started this
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub shard_from: Option<Engine>,
}

impl ShardArgs {
    /// The shard; none for the whole campaign.
    ///
    /// # Errors
    /// The engine's variables are missing or do not fit.
    pub fn resolve(&self) -> Result<Option<Shard>, Failure> {
        let variable = |name: &str| std::env::var(name).ok();
        match self.shard_from {
            Some(engine) => engine::parse(engine, &variable).map(Some).map_err(Failure::usage),
            None => Ok(self.shard),
        }
    }
}
