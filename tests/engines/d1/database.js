// Runs in workerd: carries out on its bindings what the process beside it asks for.
export default {
  async fetch(request, env) {
    const { binding, method, argument, statements } = await request.json();
    const database = env[binding];
    const bound = statements.map(({ sql, values }) => {
      const statement = database.prepare(sql);
      return values.length ? statement.bind(...values) : statement;
    });
    try {
      const value = method === 'batch' ? await database.batch(bound) : await bound[0][method](argument);
      return Response.json({ value });
    } catch (error) {
      return Response.json({ error: error.message });
    }
  },
};
