//! A cloud and the ledger beside it: AWS, or a simulated one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::PipelineError;
use crate::apply::Settings;
use crate::ledger::{Ledger, Location};
use crate::model::{ClusterAccess, StackName};
use crate::providers::Provider;
use crate::providers::simulated::{Behaviour, Cloud};

/// How much faster than AWS the simulated cloud is: an apply of minutes takes seconds.
const SPEED: f64 = 200.0;

/// How clusters are reached, by name or by the address of an `AWS::EKS::Cluster`.
pub type Clusters = BTreeMap<String, ClusterAccess>;

/// The wish for a simulated cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simulation {
    /// Where its resources are kept between runs; none forgets them.
    pub file: Option<PathBuf>,
}

/// A cloud and the ledger beside it.
pub struct World {
    provider: Arc<dyn Provider>,
    cloud: Option<Cloud>,
    simulation: Option<Simulation>,
}

impl World {
    /// AWS with the credentials of the environment and Kubernetes clusters reached as `stackctl.yaml` says, or a
    /// simulated cloud. Makes no call.
    pub async fn open(simulation: Option<Simulation>, clusters: Clusters) -> Result<Self, PipelineError> {
        match simulation {
            None => Ok(Self { provider: clouds(clusters).await?, cloud: None, simulation: None }),
            Some(simulation) => {
                let behaviour = Behaviour::like_aws().sped_up(SPEED);
                let cloud = match &simulation.file {
                    None => Cloud::new(behaviour),
                    Some(file) => Cloud::load(behaviour, file).map_err(|error| {
                        PipelineError::Simulation { file: file.clone(), message: error.to_string() }
                    })?,
                };
                let provider = Arc::new(cloud.clone());
                Ok(Self { provider, cloud: Some(cloud), simulation: Some(simulation) })
            }
        }
    }

    /// A simulated cloud that a test has in its hands.
    #[cfg(test)]
    pub(super) fn of(cloud: Cloud) -> Self {
        let provider = Arc::new(cloud.clone());
        Self { provider, cloud: Some(cloud), simulation: Some(Simulation::default()) }
    }

    /// The cloud.
    pub fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    /// Whether it is a simulated one.
    pub fn is_simulated(&self) -> bool {
        self.cloud.is_some()
    }

    /// Whether it is a simulated one that ends with the process.
    pub fn is_forgotten(&self) -> bool {
        matches!(&self.simulation, Some(Simulation { file: None }))
    }

    /// How patient and how fast an apply is here.
    pub fn settings(&self) -> Settings {
        if self.is_simulated() { Settings::default().sped_up(SPEED) } else { Settings::default() }
    }

    /// The stack's ledger.
    pub async fn ledger(&self, place: &Location, stack: &StackName) -> Result<Ledger, PipelineError> {
        ledger(self.simulation.as_ref(), place, stack).await
    }

    /// Keeps what a simulated cloud holds, if it has a file.
    pub fn save(&self) -> Result<(), PipelineError> {
        match (&self.cloud, &self.simulation) {
            (Some(cloud), Some(Simulation { file: Some(file) })) => cloud.save(file).map_err(|error| {
                PipelineError::Simulation { file: file.clone(), message: error.to_string() }
            }),
            _ => Ok(()),
        }
    }
}

/// A stack's ledger: in the place given, or for a simulated cloud beside its file or in memory.
pub async fn ledger(
    simulation: Option<&Simulation>,
    place: &Location,
    stack: &StackName,
) -> Result<Ledger, PipelineError> {
    let opened = match simulation {
        None => Ledger::open(place, stack).await?,
        Some(Simulation { file: None }) => Ledger::in_memory(),
        Some(Simulation { file: Some(file) }) => {
            Ledger::open(&Location::Folder(file.with_extension("ledger")), stack).await?
        }
    };
    Ok(opened)
}

#[cfg(all(feature = "aws", feature = "kubernetes"))]
async fn clouds(clusters: Clusters) -> Result<Arc<dyn Provider>, PipelineError> {
    use crate::providers::{Together, aws::AwsProvider, kubernetes::KubernetesProvider};
    let aws = Arc::new(AwsProvider::connect().await);
    let kubernetes = Arc::new(KubernetesProvider::new(clusters, Some(aws.clone())));
    Ok(Arc::new(Together::new(aws, kubernetes)))
}

#[cfg(all(feature = "aws", not(feature = "kubernetes")))]
async fn clouds(_: Clusters) -> Result<Arc<dyn Provider>, PipelineError> {
    Ok(Arc::new(crate::providers::aws::AwsProvider::connect().await))
}

#[cfg(not(feature = "aws"))]
#[allow(clippy::unused_async)]
async fn clouds(_: Clusters) -> Result<Arc<dyn Provider>, PipelineError> {
    Err(PipelineError::WithoutAws)
}
