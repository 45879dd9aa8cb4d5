//! Predictive scaling's configuration.

use aws_sdk_autoscaling::types::{
    PredefinedLoadMetricType, PredefinedMetricPairType, PredefinedScalingMetricType,
    PredictiveScalingConfiguration, PredictiveScalingCustomizedCapacityMetric,
    PredictiveScalingCustomizedLoadMetric, PredictiveScalingCustomizedScalingMetric,
    PredictiveScalingMaxCapacityBreachBehavior, PredictiveScalingMetricSpecification, PredictiveScalingMode,
    PredictiveScalingPredefinedLoadMetric, PredictiveScalingPredefinedMetricPair,
    PredictiveScalingPredefinedScalingMetric,
};

use super::super::{Shape, Writer};
use super::metric_query;

/// A predefined metric of the API: its own type for each property, all with the same two members.
macro_rules! predefined {
    ($wanted:ident, $name:literal, $kind:ident, $metric:ident) => {
        $wanted.object($name).map(|found| {
            $kind::builder()
                .set_predefined_metric_type(found.str("PredefinedMetricType").map($metric::from))
                .set_resource_label(found.text("ResourceLabel"))
                .build()
        })
    };
}

/// A predefined metric as it is reported.
macro_rules! named {
    ($found:expr, $metric:ident) => {
        $found.map(|found| {
            Writer::new()
                .put("PredefinedMetricType", found.predefined_metric_type().map($metric::as_str))
                .put("ResourceLabel", found.resource_label())
        })
    };
}

/// A customized metric of the API: again a type for each property, all with queries.
macro_rules! customized {
    ($wanted:ident, $name:literal, $kind:ident) => {
        $wanted
            .object($name)
            .map(|found| $kind::builder().set_metric_data_queries(Some(metric_query::write(found))).build())
    };
}

/// The configuration for a create or a change.
pub fn write(wanted: Shape<'_>) -> PredictiveScalingConfiguration {
    let metrics = wanted.objects("MetricSpecifications").into_iter().map(write_metric).collect();
    let breach =
        wanted.str("MaxCapacityBreachBehavior").map(PredictiveScalingMaxCapacityBreachBehavior::from);
    PredictiveScalingConfiguration::builder()
        .set_metric_specifications(Some(metrics))
        .set_mode(wanted.str("Mode").map(PredictiveScalingMode::from))
        .set_scheduling_buffer_time(wanted.i32("SchedulingBufferTime"))
        .set_max_capacity_breach_behavior(breach)
        .set_max_capacity_buffer(wanted.i32("MaxCapacityBuffer"))
        .build()
}

fn write_metric(wanted: Shape<'_>) -> PredictiveScalingMetricSpecification {
    PredictiveScalingMetricSpecification::builder()
        .set_target_value(wanted.float("TargetValue"))
        .set_predefined_metric_pair_specification(predefined!(
            wanted,
            "PredefinedMetricPairSpecification",
            PredictiveScalingPredefinedMetricPair,
            PredefinedMetricPairType
        ))
        .set_predefined_scaling_metric_specification(predefined!(
            wanted,
            "PredefinedScalingMetricSpecification",
            PredictiveScalingPredefinedScalingMetric,
            PredefinedScalingMetricType
        ))
        .set_predefined_load_metric_specification(predefined!(
            wanted,
            "PredefinedLoadMetricSpecification",
            PredictiveScalingPredefinedLoadMetric,
            PredefinedLoadMetricType
        ))
        .set_customized_scaling_metric_specification(customized!(
            wanted,
            "CustomizedScalingMetricSpecification",
            PredictiveScalingCustomizedScalingMetric
        ))
        .set_customized_load_metric_specification(customized!(
            wanted,
            "CustomizedLoadMetricSpecification",
            PredictiveScalingCustomizedLoadMetric
        ))
        .set_customized_capacity_metric_specification(customized!(
            wanted,
            "CustomizedCapacityMetricSpecification",
            PredictiveScalingCustomizedCapacityMetric
        ))
        .build()
}

/// The configuration as it is reported.
pub fn read(found: &PredictiveScalingConfiguration) -> Writer {
    let breach = found.max_capacity_breach_behavior().map(PredictiveScalingMaxCapacityBreachBehavior::as_str);
    Writer::new()
        .list("MetricSpecifications", found.metric_specifications().iter().map(read_metric))
        .put("Mode", found.mode().map(PredictiveScalingMode::as_str))
        .put("SchedulingBufferTime", found.scheduling_buffer_time())
        .put("MaxCapacityBreachBehavior", breach)
        .put("MaxCapacityBuffer", found.max_capacity_buffer())
}

fn read_metric(found: &PredictiveScalingMetricSpecification) -> Writer {
    let pair = named!(found.predefined_metric_pair_specification(), PredefinedMetricPairType);
    let scaling = named!(found.predefined_scaling_metric_specification(), PredefinedScalingMetricType);
    let load = named!(found.predefined_load_metric_specification(), PredefinedLoadMetricType);
    let scaled = found.customized_scaling_metric_specification();
    let loaded = found.customized_load_metric_specification();
    let capacity = found.customized_capacity_metric_specification();
    Writer::new()
        .put("TargetValue", found.target_value())
        .put("PredefinedMetricPairSpecification", pair)
        .put("PredefinedScalingMetricSpecification", scaling)
        .put("PredefinedLoadMetricSpecification", load)
        .put(
            "CustomizedScalingMetricSpecification",
            scaled.map(|metric| metric_query::read(metric.metric_data_queries())),
        )
        .put(
            "CustomizedLoadMetricSpecification",
            loaded.map(|metric| metric_query::read(metric.metric_data_queries())),
        )
        .put(
            "CustomizedCapacityMetricSpecification",
            capacity.map(|metric| metric_query::read(metric.metric_data_queries())),
        )
}
