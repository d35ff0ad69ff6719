//! `schedule.json`, read and written.
//!
//! Steps are read one by one, so that an error names the step. What is read is checked too: the holder of a schedule
//! that came from [`Schedule::from_json`] can carry it out.

use serde_json::Value;

use super::check::ScheduleError;
use super::{SCHEMA, Schedule, Step};

/// A text is not a schedule that can be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is not JSON.
    #[error("this is not JSON: {0}")]
    NotJson(String),
    /// It is JSON, but not of this form.
    #[error("this is not a schedule: {0}")]
    NotASchedule(String),
    /// A step of it is not of the right form.
    #[error("step {step}: {problem}")]
    NotAStep {
        /// Its number, or its place (from 1) where it has none.
        step: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It has the right form and makes no sense.
    #[error(transparent)]
    Senseless(#[from] ScheduleError),
}

impl Schedule {
    /// Reads a schedule and checks it.
    ///
    /// # Errors
    /// One sentence: where it is not JSON, which step is not one, or what [`Schedule::check`] found.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        let value: Value = serde_json::from_str(text).map_err(|error| ReadError::NotJson(error.to_string()))?;
        check_schema(&value)?;
        for (place, step) in value.get("steps").and_then(Value::as_array).into_iter().flatten().enumerate() {
            read_step(place, step)?;
        }
        let schedule: Self =
            serde_json::from_value(value).map_err(|error| ReadError::NotASchedule(error.to_string()))?;
        schedule.check()?;
        Ok(schedule)
    }

    /// Writes it as `schedule.json` has it, ending in a newline.
    pub fn to_json(&self) -> String {
        // Only maps with keys that are not strings, or a failing writer, could make this fail; there are none.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn check_schema(value: &Value) -> Result<(), ReadError> {
    match value.get("schema") {
        Some(schema) if schema.as_u64() == Some(u64::from(SCHEMA)) => Ok(()),
        Some(schema) => {
            Err(ReadError::NotASchedule(format!("its schema is {schema}; this version reads schema {SCHEMA}")))
        }
        None => Err(ReadError::NotASchedule(format!("it has no \"schema\"; begin it with \"schema\": {SCHEMA}"))),
    }
}

fn read_step(place: usize, step: &Value) -> Result<(), ReadError> {
    serde_json::from_value::<Step>(step.clone()).map(drop).map_err(|error| {
        let number = step.get("id").and_then(Value::as_u64);
        let step = number.map_or_else(|| format!("at place {}", place + 1), |id| id.to_string());
        ReadError::NotAStep { step, problem: error.to_string() }
    })
}

#[cfg(test)]
mod tests;
