#include "migrate/report/books_json.h"

namespace metaferry {

nlohmann::ordered_json BooksJson(const Books& books) {
  nlohmann::ordered_json kinds;
  for (const ObjectKind kind : kAllKinds) {
    nlohmann::ordered_json& row = kinds[std::string(ToString(kind))];
    row["read"] = books[kind].read;
    for (const Outcome o : kAllOutcomes) row[std::string(ToString(o))] = books[kind][o];
  }
  return kinds;
}

Books BooksFrom(const nlohmann::json& counts) {
  Books books;
  for (const ObjectKind kind : kAllKinds) {
    const nlohmann::json& row = counts.at(std::string(ToString(kind)));
    books[kind].read = row.at("read").get<uint64_t>();
    for (const Outcome o : kAllOutcomes)
      books[kind][o] = row.at(std::string(ToString(o))).get<uint64_t>();
  }
  return books;
}

}  // namespace metaferry
