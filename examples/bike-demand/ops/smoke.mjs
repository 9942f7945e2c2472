/** The smoke test of deploy-canary: the registered model loads, and its answer for an ordinary hour is a sensible number. */
import { loadModel, predict } from '../model/predict.mjs';

const ORDINARY = {
  instant: 1,
  dteday: '2011-06-01',
  hr: 8,
  weekday: 3,
  workingday: 1,
  holiday: 0,
  weathersit: 1,
  temp: 0.6,
  hum: 0.5,
  windspeed: 0.1,
};
const prediction = predict(loadModel(process.env.ML_LOOP_MODEL_DIR ?? ''), ORDINARY);
if (!(prediction >= 0 && prediction < 2000)) {
  console.error(`an ordinary hour is predicted as ${prediction}`);
  process.exit(1);
}
