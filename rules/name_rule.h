/// \file
/// Gives objects the names they have at the target, and follows these names through what refers to
/// them.
#pragma once

#include <string>
#include <string_view>

#include "metaferry/job_spec.h"
#include "metaferry/name_map.h"
#include "metaferry/rule.h"
#include "rules/view_names.h"

namespace metaferry {

/// Follow the new names: foreign keys and the sources of materialized views; the text of views and
/// Spark's parameters of them when the job asks for it, else a finding tells of them
/// (view_names_renamed_object; view_rewritten of what was put right). Properties that are known to
/// hold names are left and told as name_left. Locations are none of its business.
/// Refuses an object whose new name is longer than a metastore's may be (name_too_long).
class NameRule : public Rule {
 public:
  NameRule(NameMap names, std::string source_catalog, std::string target_catalog,
           ViewText view_text);

  void Apply(MetadataObject& object, Verdict& verdict) override;

 private:
  void ApplyTo(Database& database, Verdict& verdict);
  void ApplyTo(Function& function, Verdict& verdict);
  void ApplyTo(Table& table, Verdict& verdict);
  void ApplyTo(Partition& partition, Verdict& verdict);
  void FollowReferences(Table& table) const;
  /// `database` is the view's at the source.
  void FollowInView(Table& table, const std::string& database, Verdict& verdict) const;
  void FollowInText(std::string& text, const char* field, const ViewPlace& place,
                    Verdict& verdict) const;
  /// The database that Spark takes names without one to be in, which is renamed in it where the
  /// job asks for it; empty when there is none. `after`: what stands in it then.
  std::string SparkDatabase(Parameters& parameters, std::string& after, Verdict& verdict) const;

  NameMap names_;
  std::string source_catalog_, target_catalog_;
  bool rewrite_;
};

}  // namespace metaferry
