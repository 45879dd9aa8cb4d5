//! CloudWatch metrics in policies: dimensions, statistics, and queries with metric math.

use aws_sdk_autoscaling::types::{
    Metric, MetricDataQuery, MetricDimension, MetricStat, TargetTrackingMetricDataQuery,
    TargetTrackingMetricStat,
};

use super::super::{Shape, Writer};

/// Dimensions for a create or a change.
pub fn write_dimensions(owner: Shape<'_>) -> Option<Vec<MetricDimension>> {
    let dimension = |found: Shape<'_>| {
        MetricDimension::builder().set_name(found.text("Name")).set_value(found.text("Value")).build()
    };
    owner.get("Dimensions").map(|_| owner.objects("Dimensions").into_iter().map(dimension).collect())
}

/// Dimensions as they are reported.
pub fn read_dimensions(dimensions: &[MetricDimension]) -> Vec<Writer> {
    let dimension =
        |found: &MetricDimension| Writer::new().put("Name", found.name()).put("Value", found.value());
    dimensions.iter().map(dimension).collect()
}

fn write_metric(metric: Shape<'_>) -> Metric {
    Metric::builder()
        .set_namespace(metric.text("Namespace"))
        .set_metric_name(metric.text("MetricName"))
        .set_dimensions(write_dimensions(metric))
        .build()
}

fn read_metric(metric: &Metric) -> Writer {
    Writer::new()
        .put("Namespace", metric.namespace())
        .put("MetricName", metric.metric_name())
        .list("Dimensions", read_dimensions(metric.dimensions()))
}

/// Queries of a predictive policy.
pub fn write(owner: Shape<'_>) -> Vec<MetricDataQuery> {
    let query = |query: Shape<'_>| {
        let stat = query.object("MetricStat").map(|stat| {
            MetricStat::builder()
                .set_metric(stat.object("Metric").map(write_metric))
                .set_stat(stat.text("Stat"))
                .set_unit(stat.text("Unit"))
                .build()
        });
        MetricDataQuery::builder()
            .set_id(query.text("Id"))
            .set_expression(query.text("Expression"))
            .set_label(query.text("Label"))
            .set_return_data(query.bool("ReturnData"))
            .set_metric_stat(stat)
            .build()
    };
    owner.objects("MetricDataQueries").into_iter().map(query).collect()
}

/// Queries of a predictive policy as they are reported.
pub fn read(queries: &[MetricDataQuery]) -> Writer {
    let stat = |stat: &MetricStat| {
        Writer::new()
            .put("Metric", stat.metric().map(read_metric))
            .put("Stat", stat.stat())
            .put("Unit", stat.unit())
    };
    let query = |query: &MetricDataQuery| {
        Writer::new()
            .put("Id", query.id())
            .put("Expression", query.expression())
            .put("Label", query.label())
            .put("ReturnData", query.return_data())
            .put("MetricStat", query.metric_stat().map(stat))
    };
    Writer::new().list("MetricDataQueries", queries.iter().map(query))
}

/// Queries of a target-tracking policy, which have a period (seconds) too.
pub fn write_tracked(owner: Shape<'_>) -> Vec<TargetTrackingMetricDataQuery> {
    let query = |query: Shape<'_>| {
        let stat = query.object("MetricStat").map(|stat| {
            TargetTrackingMetricStat::builder()
                .set_metric(stat.object("Metric").map(write_metric))
                .set_stat(stat.text("Stat"))
                .set_unit(stat.text("Unit"))
                .set_period(stat.i32("Period"))
                .build()
        });
        TargetTrackingMetricDataQuery::builder()
            .set_id(query.text("Id"))
            .set_expression(query.text("Expression"))
            .set_label(query.text("Label"))
            .set_period(query.i32("Period"))
            .set_return_data(query.bool("ReturnData"))
            .set_metric_stat(stat)
            .build()
    };
    owner.objects("Metrics").into_iter().map(query).collect()
}

/// Queries of a target-tracking policy as they are reported.
pub fn read_tracked(queries: &[TargetTrackingMetricDataQuery]) -> Vec<Writer> {
    let stat = |stat: &TargetTrackingMetricStat| {
        Writer::new()
            .put("Metric", stat.metric().map(read_metric))
            .put("Stat", stat.stat())
            .put("Unit", stat.unit())
            .put("Period", stat.period())
    };
    let query = |query: &TargetTrackingMetricDataQuery| {
        Writer::new()
            .put("Id", query.id())
            .put("Expression", query.expression())
            .put("Label", query.label())
            .put("Period", query.period())
            .put("ReturnData", query.return_data())
            .put("MetricStat", query.metric_stat().map(stat))
    };
    queries.iter().map(query).collect()
}
