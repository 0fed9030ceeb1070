"""The explorer: the question answered in a browser, from a pack of answers or by live jobs.

| module | what |
|---|---|
| `contract`, `replies`, `schema` | what goes to the page, as a schema with a version |
| `questions`, `asked`, `built` | what a page may ask; checked; a strategy that was built on it |
| `eras`, `who`, `women`, `cells`, `answers` | women in groups, under every strategy; counts; the answer |
| `course`, `teaching`, `story`, `stories` | one woman's course; which women teach; how it spreads |
| `fitting`, `origins`, `lists` | does it fit; where from; what may be built with |
| `decisions` | draws of anybody's model |
| `pack`, `site`, `assets` | answers made beforehand; the page as a folder, and as it is served |
| `worker`, `jobs`, `guard`, `server` | live jobs in a process of their own, and who may ask for them |
"""
