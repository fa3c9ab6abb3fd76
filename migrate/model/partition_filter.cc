#include "metaferry/partition_filter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "metaferry/partition_name.h"
#include "metaferry/text.h"
#include "migrate/model/filter_node.h"
#include "migrate/model/key_value.h"
#include "migrate/model/truth.h"

namespace metaferry {
namespace filter {

/// A node whose key is a position and whose literals are values of the key's type.
struct BoundNode {
  Operation operation = Operation::kConstant;
  bool constant = false;
  Comparison comparison = Comparison::kEqual;
  size_t key = 0;
  KeyType type = KeyType::kText;
  std::vector<KeyValue> values;  ///< of kIn: sorted
  std::string pattern;           ///< of kLike
  std::vector<BoundNode> children;
};

namespace {

bool Holds(Comparison comparison, const KeyValue& value, const KeyValue& literal) {
  switch (comparison) {
    case Comparison::kEqual:
      return value == literal;
    case Comparison::kNotEqual:
      return value != literal;
    case Comparison::kLess:
      return value < literal;
    case Comparison::kLessOrEqual:
      return value <= literal;
    case Comparison::kGreater:
      return value > literal;
    case Comparison::kGreaterOrEqual:
      return value >= literal;
  }
  return false;
}

/// SQL's LIKE: `%` any run, `_` one character, a backslash makes either plain. On a mismatch after
/// a `%`, it takes one byte more.
bool Like(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, run = std::string_view::npos, run_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      run = p++;
      run_text = t;
      continue;
    }
    if (p < pattern.size() && pattern[p] == '_') {
      ++p;
      t += CharacterLength(text, t);
      continue;
    }
    size_t literal = p;
    if (p + 1 < pattern.size() && pattern[p] == '\\') ++literal;
    if (literal < pattern.size() && pattern[literal] == text[t]) {
      p = literal + 1;
      ++t;
      continue;
    }
    if (run == std::string_view::npos) return false;
    p = run + 1;
    t = ++run_text;
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

Truths TestOf(const BoundNode& node, std::string_view text) {
  const bool null = text == kDefaultPartition;
  if (node.operation == Operation::kIsNull) return TruthOf(null);
  if (null) return kNull;
  if (node.operation == Operation::kLike) return TruthOf(Like(node.pattern, text));
  const auto value = ReadKeyValue(node.type, text);
  if (!value) return kAnyTruth;
  if (node.operation == Operation::kIn)
    return TruthOf(std::binary_search(node.values.begin(), node.values.end(), *value));
  if (node.operation == Operation::kBetween)
    return TruthOf(node.values[0] <= *value && *value <= node.values[1]);
  return TruthOf(Holds(node.comparison, *value, node.values[0]));
}

Truths Evaluate(const BoundNode& node, std::span<const std::string> values) {
  switch (node.operation) {
    case Operation::kConstant:
      return TruthOf(node.constant);
    case Operation::kNot:
      return Not(Evaluate(node.children[0], values));
    case Operation::kAnd:
    case Operation::kOr: {
      const bool all = node.operation == Operation::kAnd;
      const Truths settled = TruthOf(!all);
      Truths truths = TruthOf(all);
      for (const BoundNode& child : node.children) {
        const Truths next = Evaluate(child, values);
        truths = all ? And(truths, next) : Or(truths, next);
        if (truths == settled) break;
      }
      return truths;
    }
    default:
      return TestOf(node, values[node.key]);
  }
}

/// The first key whose value a comparison of the expression cannot read.
const BoundNode* FindUnreadable(const BoundNode& node, std::span<const std::string> values) {
  for (const BoundNode& child : node.children)
    if (const BoundNode* found = FindUnreadable(child, values)) return found;
  const bool tests = node.operation != Operation::kConstant && node.children.empty();
  return tests && TestOf(node, values[node.key]) == kAnyTruth ? &node : nullptr;
}

class Binder {
 public:
  explicit Binder(std::span<const FieldSchema> keys) : keys_(keys) {}

  Result<BoundNode> Bind(const Node& node) const {
    BoundNode bound;
    bound.operation = node.operation;
    bound.constant = node.constant;
    bound.comparison = node.comparison;
    for (const Node& child : node.children) {
      MF_ASSIGN(BoundNode next, Bind(child));
      bound.children.push_back(std::move(next));
    }
    if (node.key.empty()) return bound;
    MF_ASSIGN(bound.key, PositionOf(node));
    bound.type = KeyTypeOf(keys_[bound.key].type);
    if (node.operation == Operation::kLike) {
      bound.pattern = node.literals[0].text;
      return bound;
    }
    for (const Literal& literal : node.literals) {
      MF_ASSIGN(KeyValue value, ValueOf(literal, keys_[bound.key], bound.type));
      bound.values.push_back(std::move(value));
    }
    if (node.operation == Operation::kIn) std::sort(bound.values.begin(), bound.values.end());
    return bound;
  }

 private:
  Result<size_t> PositionOf(const Node& node) const {
    const std::string wanted = Lower(node.key);
    for (size_t i = 0; i < keys_.size(); ++i)
      if (Lower(keys_[i].name) == wanted) return i;
    std::vector<std::string_view> names;
    for (const FieldSchema& key : keys_) names.push_back(key.name);
    return Fail(ErrorKind::kUsage, "unknown_partition_key",
                fmt::format("there is no partition key \"{}\"", node.key), {},
                fmt::format("the keys are {}", fmt::join(names, ", ")));
  }

  static Result<KeyValue> ValueOf(const Literal& literal, const FieldSchema& key, KeyType type) {
    using Kind = Literal::Kind;
    const bool number = literal.kind == Kind::kNumber, boolean = literal.kind == Kind::kBoolean;
    const bool time = literal.kind == Kind::kDate || literal.kind == Kind::kTimestamp;
    if (type == KeyType::kOther)
      return BadFilter(
          literal.position,
          fmt::format("values of type {} (key {}) cannot be compared", key.type, key.name),
          "use IS NULL or LIKE, which looks at the text");
    if (type == KeyType::kText && (number || boolean))
      return BadFilter(literal.position,
                       fmt::format("{} is a {} key, which compares as text", key.name, key.type),
                       "put the value in quotes, with the zeros that the stored values begin with");
    const bool numeric = type == KeyType::kWhole || type == KeyType::kDecimal;
    const bool fits = literal.kind == Kind::kText || type == KeyType::kText ||
                      (numeric && number) || (type == KeyType::kBoolean && boolean) ||
                      (type == KeyType::kDate && literal.kind == Kind::kDate) ||
                      (type == KeyType::kTimestamp && time);
    // A whole number may well be compared with 1.5.
    const auto value = ReadKeyValue(numeric ? KeyType::kDecimal : type, literal.text);
    if (fits && value) return *value;
    return BadFilter(literal.position,
                     fmt::format("that is no value for the {} key {}", key.type, key.name),
                     "write one of the key's type");
  }

  std::span<const FieldSchema> keys_;
};

}  // namespace
}  // namespace filter

Result<PartitionFilter> PartitionFilter::Parse(std::string_view text, std::chrono::sys_days today) {
  MF_ASSIGN(filter::Parsed parsed, filter::ParseExpression(text, today));
  PartitionFilter made;
  made.text_ = text;
  made.uses_today_ = parsed.uses_today;
  made.root_ = std::make_shared<const filter::Node>(std::move(parsed.root));
  return made;
}

Result<BoundPartitionFilter> PartitionFilter::Bind(std::span<const FieldSchema> keys) const {
  MF_ASSIGN(filter::BoundNode root, filter::Binder(keys).Bind(*root_));
  BoundPartitionFilter bound;
  bound.root_ = std::make_shared<const filter::BoundNode>(std::move(root));
  bound.keys_ = std::make_shared<const std::vector<FieldSchema>>(keys.begin(), keys.end());
  return bound;
}

PartitionVerdict BoundPartitionFilter::Decide(std::span<const std::string> values) const {
  const filter::Truths truths = filter::Evaluate(*root_, values);
  if (truths == filter::kTrue) return PartitionVerdict::kTaken;
  const bool may_be_true = (truths & filter::kTrue) != 0;
  return may_be_true ? PartitionVerdict::kUndecided : PartitionVerdict::kFiltered;
}

std::string BoundPartitionFilter::WhyUndecided(std::span<const std::string> values) const {
  const filter::BoundNode* node = filter::FindUnreadable(*root_, values);
  if (node == nullptr) return "the filter cannot be decided";
  const FieldSchema& key = (*keys_)[node->key];
  return fmt::format("its value \"{}\" for the key {} is no {}, so the filter cannot be decided",
                     values[node->key], key.name, key.type);
}

}  // namespace metaferry
